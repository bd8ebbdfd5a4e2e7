/** Small signs, each of a shape of its own: colour alone says nothing to some. */
const PATHS = {
  waiting:
    "M3 8a1.3 1.3 0 1 0 2.6 0A1.3 1.3 0 1 0 3 8m3.7 0a1.3 1.3 0 1 0 2.6 0 1.3 1.3 0 1 0-2.6 0m3.7 0A1.3 1.3 0 1 0 13 8a1.3 1.3 0 1 0-2.6 0",
  running: "M4 2.5v11L13.5 8z",
  validating:
    "M7 2a5 5 0 1 0 2.9 9.1l3 3 1.2-1.2-3-3A5 5 0 0 0 7 2m0 1.8a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4",
  paused: "M4 3h3v10H4zm5 0h3v10H9z",
  finished: "M13.4 3.6 6.3 11 2.9 7.7 1.6 9l4.7 4.6 8.4-8.7z",
  stopped: "M3.5 3.5h9v9h-9z",
  interrupted: "M9 1 3 9h4l-1 6 7-9H9z",
  failed: "m4 2.6 4 4 4-4L13.4 4l-4 4 4 4-1.4 1.4-4-4-4 4L2.6 12l4-4-4-4z",
  lost: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13m0 1.7c1 0 2 .3 2.8.9L4.1 10.8A4.8 4.8 0 0 1 8 3.2m0 9.6c-1 0-2-.3-2.8-.9l6.7-6.7A4.8 4.8 0 0 1 8 12.8",
  alert: "M8 1.5 15.2 14H.8zM7.2 6v4h1.6V6zm0 5v1.6h1.6V11z",
  star: "m8 1.3 2 4.5 4.9.5-3.7 3.3 1.1 4.9L8 12l-4.3 2.5 1.1-4.9L1.1 6.3 6 5.8z",
  close:
    "m4.5 3.4 3.5 3.5 3.5-3.5 1.1 1.1L9.1 8l3.5 3.5-1.1 1.1L8 9.1l-3.5 3.5-1.1-1.1L6.9 8 3.4 4.5z",
} as const;
export type IconName = keyof typeof PATHS;

const SVG = "http://www.w3.org/2000/svg";

export function icon(name: IconName): SVGElement {
  const element = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({
    class: "dash-icon",
    viewBox: "0 0 16 16",
    "aria-hidden": "true",
  })) {
    element.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  path.setAttribute("fill-rule", "evenodd");
  element.append(path);
  return element;
}
