// Chromium without a mouse: whatever it is asked to use, it reaches by Tab, and what has the focus must be seen to have it.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const { CHROMIUM: executablePath, PROFILE: profile, PICTURES: pictures } = process.env;
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export class Keyboard {
  #context;
  #page;
  /** What must not be: errors in the console, requests to elsewhere. */
  #faults = [];
  #seen = new Set();

  static async start() {
    const keyboard = new Keyboard();
    keyboard.#context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      args,
      viewport: { width: 1280, height: 900 },
    });
    const [page] = keyboard.#context.pages();
    keyboard.#page = page;
    keyboard.#context.on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (protocol !== "data:" && hostname !== "127.0.0.1") keyboard.#faults.push(`a request to ${request.url()}`);
    });
    page.on("console", (message) => {
      // A page that says 404 or 422 is said so in the console, too.
      const told = message.text().startsWith("Failed to load resource");
      if (["error", "warning"].includes(message.type()) && !told) keyboard.#faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => keyboard.#faults.push(`${page.url()}: ${error}`));
    return keyboard;
  }

  async open(address) {
    await this.#page.goto(address);
    await this.#look();
  }

  /** Reaches what a selector names, and presses a key on it. */
  async use(selector, key = "Enter") {
    await this.reach(selector);
    const leaves = key === "Enter";
    await Promise.all([leaves && this.#page.waitForNavigation(), this.#page.keyboard.press(key)]);
    if (leaves) await this.#look();
  }

  /** Presses Tab until the focus is on what a selector names. */
  async reach(selector) {
    const target = this.#page.locator(selector).first();
    await this.#page.waitForLoadState();
    assert.equal(await target.count(), 1, `${this.#page.url()} has no ${selector}: ${await this.text()}`);
    for (let tabs = 0; tabs < 400; tabs += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) {
        const outline = await target.evaluate((element) => getComputedStyle(element).outlineStyle);
        assert.notEqual(outline, "none", `${this.#page.url()}: ${selector} has the focus and doesn't show it`);
        return;
      }
      await this.#page.keyboard.press("Tab");
    }
    throw new Error(`${this.#page.url()}: Tab doesn't lead to ${selector}`);
  }

  async press(key) {
    await this.#page.keyboard.press(key);
  }

  async type(text) {
    await this.#page.keyboard.type(text);
  }

  async text() {
    return this.#page.locator("body").innerText();
  }

  async has(...texts) {
    const text = await this.text();
    for (const part of texts) assert.ok(text.includes(part), `${this.#page.url()} doesn't say ${part}:\n${text}`);
  }

  async isFocused(selector) {
    return this.#page.locator(selector).evaluate((element) => element === document.activeElement);
  }

  address() {
    return this.#page.url();
  }

  /** The text in a frame of the page. */
  async frame(selector) {
    return this.#page.frameLocator(selector).locator("body").innerText();
  }

  async stop() {
    await this.#context.close();
    assert.deepEqual(this.#faults, [], "nothing was wrong on the way");
    return [...this.#seen];
  }

  /** What each page must be: named, structured, labelled, and readable on a telephone. */
  async #look() {
    const page = this.#page;
    if (!page.url().includes("/_local") && new URL(page.url()).pathname !== "/") return;
    const kind = new URL(page.url()).pathname.split("/").slice(2, 3)[0] ?? "overview";
    const wrong = await page.evaluate(() => {
      const found = [];
      const say = (is, text) => is || found.push(text);
      say(document.documentElement.lang === "en", "no language");
      say(document.title.length > 10, "no title");
      say(document.querySelectorAll("h1").length === 1, "not one h1");
      say(document.querySelectorAll("main, nav").length === 2, "no main and nav");
      for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
        say(field.labels.length > 0, `no label: ${field.outerHTML}`);
      }
      for (const cell of document.querySelectorAll("th")) say(cell.scope, `no scope: ${cell.outerHTML}`);
      for (const button of document.querySelectorAll("button, a")) say(button.ariaLabel || button.textContent.trim(), `no name: ${button.outerHTML}`);
      // Only where mailed links lead to, there is one.
      say([...document.scripts].every((script) => script.getAttribute("src") === "/_local/link.js"), "a script");
      return found;
    });
    assert.deepEqual(wrong, [], page.url());
    const first = !this.#seen.has(kind);
    this.#seen.add(kind);
    for (const [width, colorScheme] of [[400, "dark"], [1280, "light"]]) {
      await page.setViewportSize({ width, height: 900 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${page.url()} is ${wide} wide in a window of ${width}`);
      if (pictures && first) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `${pictures}/${kind}-${width}.png`, fullPage: true });
        await page.emulateMedia({ colorScheme: "light" });
      }
    }
  }
}
