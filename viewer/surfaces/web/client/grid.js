// The pictures in rows, as the layout has them, or in fewer columns where they would be too narrow.

import { make } from "./make.js";
import { Panel } from "./panel.js";

const NARROWEST = 250, ONE_COLUMN = 700, LOWEST = 225, LOWEST_OF_ONE = 270; // pixels of the page

export class Grid {
  /** hooks: say(type, words), enlarged(number) with the number of the panel that is large, or null. */
  constructor(hooks, large) {
    this.hooks = hooks;
    this.large = large;
    this.element = make("section", { class: "grid", "aria-label": "Panels", scroll: () => this.tell() });
    this.panels = [];
    this.made = this.placed = this.said = "";
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.element);
    this.resized = () => this.fit(); // the ratio may be another one, at the same size
    window.addEventListener("resize", this.resized);
    document.addEventListener("visibilitychange", this.resized);
  }

  close() {
    this.watch.disconnect();
    window.removeEventListener("resize", this.resized);
    document.removeEventListener("visibilitychange", this.resized);
  }

  show(words, pictures) {
    const made = JSON.stringify(words.grid);
    if (made !== this.made) {
      this.made = made;
      this.rows = words.grid;
      const hooks = { say: this.hooks.say, enlarge: (panel) => this.enlarge(panel.number) };
      this.panels = words.grid.flat().map((place, number) => new Panel(number, place, hooks));
      if (!(this.large in this.panels)) this.large = null;
      this.placed = this.said = "";
      this.fit();
    }
    for (const picture of pictures) this.panels[picture.panel]?.paint(picture);
    this.panels.forEach((panel, number) => panel.show(words.pictures[number], words.said));
  }

  /** Makes a panel large, or small again. */
  enlarge(number) {
    this.large = this.large === number ? null : number;
    this.hooks.enlarged(this.large);
    this.fit();
    this.panels[number].large.focus();
  }

  /** Places the panels where the room asks for it. */
  fit() {
    if (!this.rows || !this.element.clientWidth) return;
    const rows = this.large === null ? broken(this.rows, this.element.clientWidth) : [[this.rows.flat()[this.large]]];
    const placed = JSON.stringify([this.large, rows]);
    if (placed !== this.placed) {
      this.placed = placed;
      let number = this.large ?? 0;
      this.element.replaceChildren(
        ...rows.map((row) => {
          const made = make("div", { class: "row" }, ...row.map(() => this.panels[number++].element));
          made.style.gridTemplateColumns = row.map((place) => `minmax(0, ${place.width}fr)`).join(" ");
          return made;
        }),
      );
      this.panels.forEach((panel, each) => panel.enlarged(each === this.large));
    }
    const lowest = this.large !== null ? 0 : rows.every((row) => row.length === 1) ? LOWEST_OF_ONE : LOWEST;
    this.element.style.setProperty("--lowest", `${lowest}px`);
    this.tell();
  }

  /** Tells the viewer how large each picture is; one that is not in sight is not drawn. */
  tell() {
    const { top, bottom } = this.element.getBoundingClientRect();
    const panels = this.panels.map((panel) => {
      if (document.hidden) return null; // of a tab behind others nothing is drawn until it is looked at
      const at = panel.element.getBoundingClientRect();
      return at.bottom > top - 50 && at.top < bottom + 50 ? panel.room() : null;
    });
    const words = { ratio: window.devicePixelRatio, panels };
    if (JSON.stringify(words) === this.said) return;
    this.said = JSON.stringify(words);
    this.hooks.say("sizes", words);
  }
}

/** The rows, one with a panel that would be too narrow in as many as it takes; one column on a narrow page. */
function broken(rows, width) {
  if (width < ONE_COLUMN) return rows.flat().map((place) => [place]);
  return rows.flatMap((row) => {
    const total = row.reduce((sum, place) => sum + place.width, 0);
    const narrowest = Math.min(...row.map((place) => (width * place.width) / total));
    if (narrowest >= NARROWEST || row.length === 1) return [row];
    const most = Math.max(Math.floor(width / NARROWEST), 1);
    const parts = Math.max(Math.ceil(row.length / most), 2);
    const cut = [];
    for (let part = 0, at = 0; part < parts; part++) {
      const end = Math.round(((part + 1) * row.length) / parts);
      if (end > at) cut.push(row.slice(at, end));
      at = end;
    }
    return cut;
  });
}
