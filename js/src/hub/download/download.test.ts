import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import mount from "../details/part.ts";
import { hubRow, openPart, told } from "../details/testing.ts";
import { insertBelow } from "./insert.ts";

let page: ReturnType<typeof openPart>;

async function open(change: Parameters<typeof told>[0] = {}, row = hubRow()) {
  page = openPart(mount, row);
  await page.answer("details", told(change));
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  page.clean();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const MB = 1_000_000;

describe("a download", () => {
  it("is begun, followed, and makes the list anew", async () => {
    await open();
    page.button("Download").click();
    expect(page.last("download")).toMatchObject({ key: "hub:org/tiny" });
    expect(page.text()).toContain("Asking what there is");
    expect(page.button("Cancel")).toBeDefined();
    await page.job({ done: 30 * MB, total: 90 * MB, rate: 5 * MB, file: "model.safetensors" });
    const bar = page.all("[role=progressbar]")[0];
    expect(bar?.getAttribute("aria-valuenow")).toBe("33");
    expect(bar?.getAttribute("aria-valuetext")).toBe(
      "30\u202fMB of 90\u202fMB · 5\u202fMB/s · 0:12 left",
    );
    expect(page.text()).toContain("model.safetensors");
    const asked = page.sent.filter(({ type }) => type === "details").length;
    await page.job({ state: "done", done: 90 * MB, total: 90 * MB });
    expect(page.text()).toContain("Downloaded");
    expect(page.button("Download")).toBeUndefined();
    expect(page.sent.filter(({ type }) => type === "details")).toHaveLength(asked + 1);
  });

  it("hears only of its own model", async () => {
    await open();
    page.receive({ type: "job", key: "hub:org/other", state: "running", done: 1, total: 2 });
    expect(page.button("Cancel")).toBeUndefined();
  });

  it("is cancelled and resumed, the focus staying in place", async () => {
    await open();
    page.button("Download").focus();
    page.button("Download").click();
    await page.job({ done: MB, total: 90 * MB });
    expect(document.activeElement?.textContent).toBe("Cancel");
    page.button("Cancel").click();
    expect(page.last("cancel")).toMatchObject({ key: "hub:org/tiny" });
    await page.answer("cancel", { state: "cancelled", done: MB, total: 90 * MB, rate: 0 });
    expect(page.text()).toContain("What has arrived is kept");
    expect(document.activeElement?.textContent).toBe("Resume");
    page.button("Resume").click();
    expect(page.sent.filter(({ type }) => type === "download")).toHaveLength(2);
  });

  it("says why it failed, as text", async () => {
    await open();
    page.button("Download").click();
    await page.job({ state: "failed", problem: "The disk <filled> up" });
    expect(page.text()).toContain("The disk <filled> up");
    expect(page.button("Resume").disabled).toBe(false);
  });

  it("says that it could not be begun", async () => {
    await open();
    page.button("Download").click();
    await page.fail("download", "no token");
    expect(page.text()).toContain("no token");
    expect(page.button("Download")).toBeDefined();
  });

  it("that runs already is shown when the details are opened", async () => {
    const job = {
      state: "running",
      done: 1,
      total: 4,
      rate: 0,
      file: null,
      blocked: false,
      problem: null,
    } as const;
    await open({ job });
    expect(page.all("[role=progressbar]")[0]?.getAttribute("aria-valuenow")).toBe("25");
  });

  it("says how much has come where nobody tells how much there is", async () => {
    await open();
    page.button("Download").click();
    await page.job({ done: 30 * MB, total: 0, rate: 5 * MB });
    const bar = page.all("[role=progressbar]")[0];
    expect(bar?.getAttribute("aria-valuetext")).toBe("30\u202fMB so far · 5\u202fMB/s");
    expect(bar?.hasAttribute("aria-valuenow")).toBe(false);
    await page.job({ done: 30 * MB, total: 20 * MB });
    expect(bar?.getAttribute("aria-valuetext")).toBe("30\u202fMB so far");
  });

  it("says that another program fetches the file", async () => {
    await open();
    page.button("Download").click();
    await page.job({ total: 90 * MB, blocked: true });
    expect(page.all(".hubd-progress-words")[0]?.textContent).toBe(
      "0\u202fB of 90\u202fMB · Another program is fetching this file; waiting for it.",
    );
    await page.job({ blocked: true });
    expect(page.text()).toContain("Another program");
    await page.job({ done: MB, total: 90 * MB });
    expect(page.text()).not.toContain("Another program");
  });

  it("that the kernel says has ended does not go on", async () => {
    await open();
    page.button("Download").click();
    await page.job({ done: MB, total: 90 * MB });
    page.receive({ type: "changed" });
    await page.progress("details", told({ complete: false }));
    expect(page.button("Cancel")).toBeDefined();
    const job = { done: MB, total: 2 * MB, rate: 0, file: null, blocked: false, problem: null };
    await page.answer("details", told({ job: { ...job, state: "cancelled" } }));
    expect(page.button("Cancel")).toBeUndefined();
    expect(page.text()).toContain("What has arrived is kept");
    page.button("Resume").click();
    await page.job({ done: MB, total: 90 * MB });
    page.receive({ type: "changed" });
    await page.answer("details", told({ job: null }));
    expect(page.button("Download")).toBeDefined();
  });

  it("that was just asked for is not ended by details from before it", async () => {
    page = openPart(mount, hubRow());
    page.button("Download").click();
    await page.answer("details", told({ job: null }));
    expect(page.button("Cancel")).toBeDefined();
    await page.answer("download", { state: "running", done: 0, total: 90 * MB, rate: 0 });
    expect(page.button("Cancel")).toBeDefined();
  });

  it("can be done again once the model was deleted", async () => {
    await open();
    page.button("Download").click();
    await page.job({ state: "done", done: MB, total: MB });
    await page.answer("details", told({ cached: true }));
    expect(page.button("Download")).toBeUndefined();
    page.receive({ type: "changed" });
    await page.answer("details", told());
    expect(page.button("Download")).toBeDefined();
    expect(page.text()).not.toContain("Downloaded:");
  });

  it("is not offered where there is no room or no permission", async () => {
    const { plan } = told();
    await open({ plan: plan && { ...plan, enough: false } });
    expect(page.button("Download").disabled).toBe(true);
    expect(page.text()).toContain("no room");
    page.clean();
    await open({ plan: plan && { ...plan, refused: "only pickled weights" } });
    expect(page.button("Download").disabled).toBe(true);
    expect(page.text()).toContain("only pickled weights");
    page.clean();
    await open({ disabled: true });
    expect(page.button("Download").disabled).toBe(true);
  });

  it("is not offered of what is here", async () => {
    await open({ cached: true });
    expect(page.button("Download")).toBeUndefined();
    expect(page.text()).toContain("loads without a network");
    page.clean();
    await open({ source: "folder", plan: null }, hubRow({ source: "folder" }));
    expect(page.button("Download")).toBeUndefined();
    expect(page.text()).toContain("in a folder here");
  });
});

describe("a model", () => {
  it("is taken into use", async () => {
    await open();
    page.button("Use as model").click();
    await page.answer("use", { name: "org/tiny" });
    expect(page.went).toEqual(["use org/tiny"]);
    expect(page.text()).toContain("In use");
  });

  it("is said to be in use as long as it is", async () => {
    await open();
    page.used.name = "org/tiny";
    page.receive({ type: "in_use", name: "org/tiny" });
    expect(page.text()).toContain("In use");
    page.used.name = "org/other";
    page.receive({ type: "in_use", name: "org/other" });
    expect(page.text()).not.toContain("In use");
    page.clean();
    await open({}, hubRow({ inUse: true }));
    expect(page.text()).toContain("In use");
  });

  it("is taken, and its line inserted, once for two clicks", async () => {
    vi.stubGlobal("navigator", {});
    await open();
    for (const [name, type] of [
      ["Use as model", "use"],
      ["Insert code", "code"],
    ] as const) {
      const count = () => page.sent.filter((sent) => sent.type === type).length;
      page.button(name).click();
      page.button(name).click();
      expect(count()).toBe(1);
      expect(page.button(name).getAttribute("aria-disabled")).toBe("true");
      await page.answer(type, { name: "org/tiny", text: "x" });
      await page.settle();
      expect(page.button(name).hasAttribute("aria-disabled")).toBe(false);
      page.button(name).click();
      expect(count()).toBe(2);
      await page.fail(type, "no");
    }
  });

  it("has a line that loads it: copied, or shown to be copied", async () => {
    const written: string[] = [];
    vi.stubGlobal("navigator", {
      clipboard: { writeText: async (text: string) => void written.push(text) },
    });
    await open();
    page.button("Insert code").click();
    await page.answer("code", { text: 'model = tfw.load("org/tiny")' });
    await page.settle();
    expect(written).toEqual(['model = tfw.load("org/tiny")']);
    expect(page.text()).toContain("Copied");
    vi.stubGlobal("navigator", {});
    page.button("Insert code").click();
    await page.answer("code", { text: "model = x" });
    await page.settle();
    expect(page.text()).toContain("Copy this line");
    expect(page.all(".hubd-code")[0]?.textContent).toBe("model = x");
  });
});

describe("a cell with the line", () => {
  /** A notebook as JupyterLab draws it, whose toolbar does what a test has it do. */
  function notebook(insert: (cells: HTMLElement) => void) {
    const panel = document.createElement("div");
    panel.className = "jp-NotebookPanel";
    panel.innerHTML =
      '<div class="jp-NotebookPanel-toolbar"><button data-command="notebook:insert-cell-below">' +
      '</button></div><div class="cells"><div class="jp-Cell"><span class="out"></span></div></div>';
    document.body.append(panel);
    const one = (selector: string) => panel.querySelector(selector) as HTMLElement;
    const cell = one(".jp-Cell");
    cell.addEventListener("mousedown", () => cell.classList.add("jp-mod-active"));
    one("button").addEventListener("click", () => insert(one(".cells")));
    return { panel, out: one(".out"), cell };
  }

  function add(cells: HTMLElement) {
    cells.firstElementChild?.classList.remove("jp-mod-active");
    const cell = document.createElement("div");
    cell.className = "jp-Cell jp-mod-active";
    const editor = document.createElement("div");
    editor.className = "cm-content";
    editor.tabIndex = 0;
    cell.append(editor);
    cells.append(cell);
    return editor;
  }

  const typed = (_: string, __: boolean, text: string) => {
    (document.activeElement as HTMLElement).textContent += text;
    return true;
  };

  async function ends(promise: Promise<boolean>) {
    await vi.advanceTimersByTimeAsync(5_000);
    return promise;
  }

  beforeEach(async () => {
    await open();
    document.execCommand = typed as typeof document.execCommand;
  });

  it("comes below the cell of the view", async () => {
    const { panel, out } = notebook(add);
    expect(await ends(insertBelow(out, "x = 1"))).toBe(true);
    expect(panel.querySelector(".cm-content")?.textContent).toBe("x = 1");
    panel.remove();
  });

  it("does not come where there is no notebook", async () => {
    expect(await ends(insertBelow(document.body, "x"))).toBe(false);
  });

  it("does not come where nothing happens, and nothing else is written into", async () => {
    const { panel, out } = notebook(() => {});
    expect(await ends(insertBelow(out, "x"))).toBe(false);
    panel.remove();
    const other = notebook((cells) => {
      add(cells).textContent = "somebody's work";
    });
    expect(await ends(insertBelow(other.out, "x"))).toBe(false);
    expect(other.panel.querySelector(".cm-content")?.textContent).toBe("somebody's work");
    other.panel.remove();
  });

  it("that the browser does not let be written is not taken for done", async () => {
    document.execCommand = (() => false) as typeof document.execCommand;
    const { panel, out } = notebook(add);
    expect(await ends(insertBelow(out, "x"))).toBe(false);
    panel.remove();
  });
});
