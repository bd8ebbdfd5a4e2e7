import { part } from "../part-words.ts";
import { arcsSection } from "./index.ts";

export default part(arcsSection);
