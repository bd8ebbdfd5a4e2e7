export { gridSection as default } from "./index.ts";
