import { widget } from "../shared/widget.ts";
import { mount } from "./view.ts";
import { words } from "./words.ts";

export default widget(words, mount);
