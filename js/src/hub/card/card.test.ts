// @vitest-environment jsdom
// The sanitiser needs a real parser of HTML, which happy-dom is not.
import { describe, expect, it, vi } from "vitest";
import { imageAddress, slug } from "./addresses.ts";
import { clean } from "./clean.ts";
import { content } from "./content.ts";
import { toHtml } from "./markdown.ts";
import part, { type CardContext, type CardPayload } from "./part.ts";

const PLACES = {
  links: "https://hub.example/org/name/blob/main/",
  images: "https://hub.example/org/name/resolve/main/",
};

const shown = (text: string, places: typeof PLACES | { links: null; images: null } = PLACES) =>
  content(text, places, { image: "image" });

function drawn(text: string): HTMLElement {
  const { element } = shown(text);
  document.body.replaceChildren(element);
  return element;
}

const t = Object.assign((key: string, params: object = {}) => `${key} ${JSON.stringify(params)}`, {
  language: "en",
}) as unknown as CardContext["t"];

function payload(change: Partial<CardPayload>): CardPayload {
  return { text: "", truncated: false, origin: "files", notes: [], ...PLACES, ...change };
}

const HOSTILE = [
  "<script>boom()</script>",
  "<img src=x onerror=boom()>",
  '<img src="x" onerror="boom()" onload="boom()">',
  "<svg onload=boom()><script>boom()</script><a xlink:href='javascript:boom()'>x</a></svg>",
  "<svg><animate onbegin=boom() attributeName=x dur=1s></svg>",
  "<svg><foreignObject><iframe src=javascript:boom()></iframe></foreignObject></svg>",
  "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=boom()&gt;'>",
  "<math><annotation-xml encoding='text/html'><script>boom()</script></annotation-xml></math>",
  "<style>* { display: none }</style>",
  "<div style='position:fixed;inset:0;background:url(https://evil.example/x)'>over all</div>",
  "<link rel=stylesheet href=https://evil.example/x.css>",
  "<meta http-equiv=refresh content='0;url=https://evil.example'>",
  "<base href=https://evil.example/>",
  "<iframe srcdoc='<script>parent.boom()</script>'></iframe>",
  "<iframe src=https://evil.example></iframe><object data=x></object><embed src=x>",
  "<form action=https://evil.example><input name=q><button formaction=javascript:boom()>x</button></form>",
  "<form><div><form id=outer><input name=attributes></form></div></form>",
  "<form id=f><input id=parentNode name=childNodes></form>",
  "<img name=body><img id=cookie><a id=config href=x></a><a id=config name=url href='https://e.x'></a>",
  "<template><script>boom()</script></template>",
  "<noscript><p title='</noscript><img src=x onerror=boom()>'></noscript>",
  "<!-- <img src=x onerror=boom()> --!><img src=x onerror=boom()>",
  "<!--><img src=x onerror=boom()>-->",
  "<video src=https://evil.example/v poster=https://evil.example/p onerror=boom() autoplay></video>",
  "<audio src=https://evil.example/a></audio><picture><source srcset=https://evil.example/s></picture>",
  "<table background=https://evil.example/b><td background=https://evil.example/c>x</table>",
  "<body onload=boom()><marquee onstart=boom()>x</marquee>",
  "<details open ontoggle=boom()><summary>x</summary></details>",
  "<a href='javascript:boom()'>x</a>",
  "<a href='&#106;avascript:boom()'>x</a>",
  "<a href='java\tscript:boom()'>x</a>",
  "<a href=' \u0001javascript:boom()'>x</a>",
  "<a href='data:text/html,<script>boom()</script>'>x</a>",
  "<a href='vbscript:boom()'>x</a><a href='file:///etc/passwd'>y</a><a href='blob:x'>z</a>",
  "<a href='https://huggingface.co@evil.example/'>x</a>",
  "<a href='https://x.example' target=_self ping=https://evil.example onclick=boom()>x</a>",
  "[x](javascript:boom())",
  "[x](  javascript:boom())",
  "[x](JaVaScRiPt:boom())",
  "[x](data:text/html;base64,PHNjcmlwdD5ib29tKCk8L3NjcmlwdD4=)",
  "<javascript:boom()>",
  "![x](javascript:boom())",
  '![x" onerror="boom()](x)',
  '[x](https://a.example "t" onmouseover="boom()")',
  "```html\n<script>boom()</script>\n```",
  "`<img src=x onerror=boom()>`",
  "<p>`</p><img src=x onerror=boom()>`",
  "<img src='data:image/svg+xml,<svg onload=boom()>'>",
  "<img srcset='https://evil.example/s 1x' src=x>",
  "<x-custom onclick=boom()>x</x-custom><slot name=x></slot>",
  "<select><template><img src=x onerror=boom()></template></select>",
  "<textarea><img src=x onerror=boom()></textarea><title><img src=x onerror=boom()></title>",
  "<xmp><img src=x onerror=boom()></xmp><plaintext><img src=x onerror=boom()>",
  `${"<div>".repeat(60)}<img src=x onerror=boom()>`,
  "\u202e<img src=x onerror=boom()>\u202c",
  "<jp-shadow><tfw-view data-place=x></tfw-view></jp-shadow>",
];

const ALLOWED = new Set([
  ...["align", "colspan", "rowspan", "dir", "lang", "open", "start", "title", "width"],
  ...["height", "href", "target", "rel", "tabindex", "role", "class", "alt"],
]);

describe("a hostile card", () => {
  it.each(HOSTILE)("can do nothing: %s", (text) => {
    const element = drawn(text);
    let called = false;
    Object.assign(window, {
      boom: () => {
        called = true;
      },
    });
    for (const node of element.querySelectorAll("*")) {
      expect(node.namespaceURI).toBe("http://www.w3.org/1999/xhtml");
      expect(
        "script style iframe object embed form input button textarea select svg math img picture source video audio link meta base template noscript title marquee"
          .split(" ")
          .includes(node.localName),
        node.localName,
      ).toBe(false);
      expect(node.localName).not.toContain("-");
      for (const { name, value } of node.attributes) {
        expect(ALLOWED, `${node.localName} ${name}`).toContain(name);
        if (name === "class") expect(value).toMatch(/^hubd-card(-\w+)*$/);
        if (name === "href") expect(value).toMatch(/^(https?:\/\/|mailto:|#)/);
        if (name === "href") expect(value).not.toContain("@evil");
      }
      if (node.localName === "a" && !node.getAttribute("href")?.startsWith("#")) {
        expect(node.getAttribute("target")).toBe("_blank");
        expect(node.getAttribute("rel")).toBe("noopener noreferrer nofollow");
      }
      if (["a", "summary", "img"].includes(node.localName)) (node as HTMLElement).click();
    }
    expect(called).toBe(false);
  });

  it("shows code as code", () => {
    expect(drawn("```html\n<script>boom()</script>\n```").textContent).toContain(
      "<script>boom()</script>",
    );
  });

  it.each([
    ["emphasis", "*a_".repeat(20_000)],
    ["quotes", ">".repeat(60_000)],
    ["lists", Array.from({ length: 300 }, (_, k) => `${" ".repeat(k * 2)}- a`).join("\n")],
    ["brackets", "[".repeat(60_000)],
    ["images", "![".repeat(30_000)],
    ["tags", "<div>".repeat(1_000)],
    ["addresses", "http://a.example/(".repeat(4_000)],
    ["paragraphs", "a\n\n".repeat(20_000)],
  ])("does not hang the page: %s", (_, text) => {
    const began = performance.now();
    toHtml(text);
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it("has nothing in it that browsers take minutes to lay out", () => {
    const element = drawn(
      "<ruby>a<rt>b</rt></ruby><table><col span=1000><tr><td colspan=1000 rowspan=65534>c" +
        "<td colspan=2>d</table>",
    );
    expect(element.querySelector("ruby, rt, rp, [span]")).toBeNull();
    expect(element.textContent).toContain("ab");
    const cells = [...element.querySelectorAll("td")];
    expect(cells.map((cell) => [cell.colSpan, cell.rowSpan])).toEqual([
      [100, 100],
      [2, 1],
    ]);
  });

  it("gets its writing direction once all is in it", () => {
    // Before, browsers look through all of it with each child that comes.
    const { append } = Element.prototype;
    const dirs: (string | null)[] = [];
    Element.prototype.append = function (...children) {
      if (this.className === "hubd-card") dirs.push(this.getAttribute("dir"));
      append.apply(this, children);
    };
    const { element } = shown("a");
    Element.prototype.append = append;
    expect(dirs).toEqual([null]);
    expect(element.dir).toBe("auto");
  });

  it("is not laid out where a little text makes millions of elements", () => {
    const table = `|${"a|".repeat(240)}\n|${"-|".repeat(240)}\n${"|x|\n".repeat(270)}\n\nb\n\n`;
    expect(() => toHtml(table.repeat(3))).toThrow("too many parts");
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const element = part({ card: payload({ text: `# x\n\n${table.repeat(3)}` }), t });
    expect(logged).toHaveBeenCalledOnce();
    logged.mockRestore();
    expect(element.querySelector("pre")?.textContent).toContain("# x");
  });

  it("is parsed no further than that", () => {
    const elements: string[] = [];
    const scratch = {
      getElementsByTagName: () => elements,
      // As if tags of emphasis that are not closed came again in each paragraph.
      write: (html: string) =>
        elements.push(...Array.from({ length: 40 * html.length }, () => "b")),
    };
    const create = vi.spyOn(document.implementation, "createHTMLDocument");
    create.mockReturnValue(scratch as unknown as Document);
    expect(() => clean("<p>x".repeat(5_000))).toThrow("too many");
    create.mockRestore();
    expect(elements.length).toBeLessThan(60_000);
  });
});

describe("a card", () => {
  it("puts its headings below the model's name", () => {
    const element = drawn("# One\n## Two\n<h1 id=x class=y style='font-size:99px'>Three</h1>\n");
    const found = [...element.querySelectorAll("h4, h5, h6")].map(
      (heading) => `${heading.localName} ${heading.textContent}`,
    );
    expect(found).toEqual(["h4 One", "h5 Two", "h4 Three"]);
    expect(element.querySelector("h1, h2, h3, [id], [style]")).toBeNull();
  });

  it("has tables, which scroll by themselves", () => {
    const element = drawn("| a | b |\n| - | - |\n| 1 | <b>2</b> |\n");
    expect(element.querySelector(".hubd-card-table > table b")?.textContent).toBe("2");
  });

  it("leads relative addresses to the model's page", () => {
    const element = drawn(
      "[a](LICENSE) [b](./docs/x.md#y) [c](/org/other) [d](https://a.example/)",
    );
    expect([...element.querySelectorAll("a")].map((link) => link.href)).toEqual([
      "https://hub.example/org/name/blob/main/LICENSE",
      "https://hub.example/org/name/blob/main/docs/x.md#y",
      "https://hub.example/org/other",
      "https://a.example/",
    ]);
    const { element: here } = shown("[a](LICENSE) [d](https://a.example/)", {
      links: null,
      images: null,
    });
    expect(here.querySelectorAll("a")).toHaveLength(1);
    expect(here.textContent).toContain("a d");
  });

  it("makes links of whole addresses, and of nothing that only looks like one", () => {
    const element = drawn("https://a.example/x and train.py and www.b.example");
    expect([...element.querySelectorAll("a")].map((link) => link.href)).toEqual([
      "https://a.example/x",
    ]);
  });

  it("keeps links within it on the page", () => {
    const element = drawn("[go](#the-end)\n\n## The End!\n");
    let scrolled = "";
    for (const heading of element.querySelectorAll<HTMLElement>("h5")) {
      heading.scrollIntoView = () => {
        scrolled = heading.textContent ?? "";
      };
    }
    element.querySelector("a")?.click();
    expect(scrolled).toBe("The End!");
    expect(location.hash).toBe("");
    expect(slug("Où est-ce_qu’on 1?")).toBe("où-est-ce_quon-1");
  });

  it("loads images when they are asked for, and not before", () => {
    const card = shown(
      "![diagram](assets/x.png) <img src=https://a.example/y.gif width=900000 height=4 srcset='z 2x'> ![no](javascript:x)",
    );
    document.body.replaceChildren(card.element);
    expect(card.element.querySelector("img")).toBeNull();
    expect(card.element.textContent).toContain("diagram");
    expect(card.images).toBe(2);
    card.showImages();
    const images = [...card.element.querySelectorAll("img")];
    expect(images.map(({ src }) => src)).toEqual([
      "https://hub.example/org/name/resolve/main/assets/x.png",
      "https://a.example/y.gif",
    ]);
    expect(images[1]?.getAttributeNames().sort()).toEqual([
      ...["alt", "loading", "referrerpolicy", "src"],
    ]);
    images[0]?.dispatchEvent(new Event("error"));
    expect(card.element.querySelectorAll("img")).toHaveLength(1);
    expect(card.element.textContent).toContain("diagram");
  });
});

describe("an image", () => {
  const hub = "http://10.0.0.7:8080/org/name/resolve/main/";

  it.each([
    "http://localhost:8888/logout",
    "http://lab.localhost/x",
    "http://127.0.0.1:8888/logout",
    "http://0x7f.1/x",
    "http://2130706433/x",
    "http://0.0.0.0/x",
    "http://10.0.0.8/x",
    "http://172.20.1.1/x",
    "http://192.168.1.1/x",
    "http://100.100.1.1/x",
    "http://169.254.169.254/x",
    "http://[::1]/x",
    "http://[::ffff:7f00:1]/x",
    "http://router/x",
    "http://nas.local./x",
    `${location.origin}/logout`,
    "//localhost/x",
  ])("is not loaded from near: %s", (src) => {
    expect(imageAddress(src, PLACES)).toBeNull();
    expect(shown(`<img src="${src}">`).images).toBe(0);
  });

  it("is not loaded from where the notebook is", () => {
    vi.stubGlobal("location", new URL("https://lab.example:8000/lab"));
    const found = [
      "https://lab.example:8000/logout",
      "https://lab.example/x",
      "https://b.example/x",
    ].map((src) => imageAddress(src, { links: null, images: "https://lab.example:8000/o/n/" }));
    vi.unstubAllGlobals();
    expect(found).toEqual([null, null, "https://b.example/x"]);
  });

  it("is loaded from afar, and from the hub", () => {
    for (const src of ["https://a.example/x", "http://172.32.0.1/x", "http://11.0.0.1/x"])
      expect(imageAddress(src, PLACES)).toBe(src);
    expect(imageAddress("x.png", { links: null, images: hub })).toBe(`${hub}x.png`);
    expect(imageAddress("http://10.0.0.7:9/x", { links: null, images: hub })).toBeNull();
  });
});

describe("the part", () => {
  it("lays out the beginning of a long card, and the rest when asked", () => {
    const text = `${"# Begin\n\n".padEnd(59_990, "word word ")}\n\n${"word ".repeat(3_000)}END`;
    const element = part({ card: payload({ text, truncated: true }), t });
    expect(element.textContent).not.toContain("END");
    const button = element.querySelector("button");
    expect(button?.textContent).toContain("card.all");
    button?.click();
    expect(element.textContent).toContain("END");
    expect(element.textContent).toContain("card.truncated");
    expect(element.querySelector("button")).toBeNull();
  });

  it("offers the images that there are", () => {
    const text = "![a](x.png) ![b](https://a.example:81/y.png) ![c](z.png)";
    const element = part({ card: payload({ text }), t });
    const button = element.querySelector("button");
    expect(button?.textContent).toBe('card.images {"n":3}');
    expect(element.textContent).toContain('card.hosts {"hosts":"hub.example, a.example:81"}');
    button?.click();
    expect(element.querySelectorAll("img")).toHaveLength(3);
    expect(element.querySelector("button")).toBeNull();
    expect(element.textContent).not.toContain("card.hosts");
  });

  it("says that there is nothing in it", () => {
    expect(part({ card: payload({ text: " \n" }), t }).textContent).toContain("card.empty");
  });
});
