import { widget } from "../shared/widget.ts";
import { mount } from "./view.ts";
import { runsWords } from "./words.ts";

export default widget(runsWords, mount);
