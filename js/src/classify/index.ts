import { widget } from "../shared/widget.ts";
import { mount } from "./view.ts";
import { classifyWords } from "./words.ts";

export default widget(classifyWords, mount);
