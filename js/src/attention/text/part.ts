import { part } from "../part-words.ts";
import { textSection } from "./index.ts";

export default part(textSection);
