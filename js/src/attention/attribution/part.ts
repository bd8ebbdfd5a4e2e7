import { part } from "../part-words.ts";
import { attributionSection } from "./index.ts";

export default part(attributionSection);
