import { widget } from "../shared/widget.ts";
import { mount } from "./view.ts";
import { usingWords } from "./words.ts";

export default widget(usingWords, mount);
