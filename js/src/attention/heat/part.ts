export { heatSection as default } from "./index.ts";
