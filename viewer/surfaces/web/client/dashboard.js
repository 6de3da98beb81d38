// The view `dashboard`: controls, and a grid of pictures, one a panel.

import { Around, link } from "./around.js";
import { Downloads, OF_DASHBOARD } from "./downloads.js";
import { Controls } from "./controls.js";
import { Grid } from "./grid.js";
import { keyOf } from "./keys.js";
import { make, put } from "./make.js";
import { place } from "./place.js";
import { AtRest, remember } from "./router.js";
import { address } from "./runs_row.js";
import { Waiting } from "./waiting.js";

export function open(root, connection, route) {
  return new Dashboard(root, connection, route);
}

class Dashboard {
  constructor(root, connection, route) {
    this.connection = connection;
    this.route = route;
    this.words = {};
    this.large = route.panel;
    this.writing = new AtRest(() => this.remember());
    const say = (type, words) => connection.say(type, words);
    this.waiting = new Waiting();
    this.around = new Around();
    this.downloads = new Downloads("dashboard", OF_DASHBOARD, () => this.query(), () => [this.grid.element.clientWidth, this.grid.element.scrollHeight]);
    this.title = make("h1");
    this.standing = make("p", { class: "standing" });
    this.facts = make("p", { class: "facts" });
    this.samples = link("", "the gallery of samples");
    this.samples.className = "to-samples";
    this.trouble = make("p", { class: "trouble", role: "alert", hidden: true });
    this.controls = new Controls((settings) => say("turn", settings));
    this.grid = new Grid({ say, enlarged: (number) => this.enlarged(number) }, route.panel);
    this.board = make(
      "main", { class: "dashboard", hidden: true },
      make("header", {}, this.around.element, this.title, this.standing, this.facts, this.samples, this.trouble, this.downloads.element),
      this.grid.element,
      this.controls.element,
    );
    root.append(this.waiting.element, this.board);
    this.pressed = (event) => this.press(event);
    window.addEventListener("keydown", this.pressed);
    say("open", { view: "dashboard", runs: route.runs, at: route.at });
  }

  close() {
    window.removeEventListener("keydown", this.pressed);
    this.writing.stop();
    this.grid.close();
    this.downloads.close();
  }

  receive(news, pictures) {
    const words = Object.assign(this.words, news);
    this.waiting.show(words.waiting, this.board);
    if (words.waiting || !words.grid) return;
    document.documentElement.dataset.theme = words.theme;
    put(document, "title", `${words.title} – epochreel`);
    put(this.title, "textContent", words.title);
    put(this.standing, "textContent", words.standing);
    this.standing.dataset.state = words.state;
    put(this.facts, "textContent", words.facts);
    this.linkSamples(words);
    put(this.trouble, "textContent", words.trouble);
    put(this.trouble, "hidden", !words.trouble);
    this.around.show(words);
    this.controls.show(words);
    this.grid.show(words, pictures);
    if ("set" in news) this.writing.ask();
  }

  /** The gallery, of the sample that was clicked where one was. */
  linkSamples({ samples, run, set }) {
    put(this.samples, "hidden", !samples);
    if (!samples) return;
    put(this.samples, "textContent", samples.words);
    const query = new URLSearchParams(samples.query);
    if (set?.theme) query.set("theme", set.theme);
    const href = `/samples/${address(run)}${query.size ? `?${query}` : ""}`;
    if (this.samples.getAttribute("href") !== href) this.samples.setAttribute("href", href);
  }

  enlarged(number) {
    this.large = number;
    this.writing.ask();
  }

  /** What is set stands in the address. */
  remember() {
    remember(place.pathname, { ...this.words.set, panel: this.large }, this.route.more);
  }

  /** What is on screen, as an address has it. */
  query() {
    const query = new URLSearchParams();
    for (const run of this.route.runs) query.append("run", run);
    for (const [name, value] of Object.entries(this.words.set ?? {})) query.set(name, value === true ? "1" : String(value));
    return query;
  }

  press(event) {
    const key = keyOf(event);
    if (key === null) return;
    event.preventDefault();
    if (key === "?") this.controls.toggleHelp();
    else if (key === "r") this.around.back();
    else this.connection.say("key", { key });
  }
}
