import { part } from "../part-words.ts";
import { neuronSection } from "./index.ts";

export default part(neuronSection);
