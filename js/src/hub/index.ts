import { widget } from "../shared/widget.ts";
import { mount } from "./view.ts";
import { hubWords } from "./words.ts";

export default widget(hubWords, mount);
