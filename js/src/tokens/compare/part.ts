export { comparePanel as default } from "./index.ts";
