// As much of a browser as signing in takes: cookies, redirects, and the provider's own forms.

export class Browser {
  #cookies = new Map();

  async #send(url, form) {
    const headers = { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
    const request = { headers, redirect: "manual" };
    if (form) Object.assign(request, { method: "POST", body: new URLSearchParams(form) });
    const answer = await fetch(url, request);
    for (const cookie of answer.headers.getSetCookie()) {
      const [name, value] = cookie.split(";")[0].split("=");
      if (value) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
    return answer;
  }

  /** Signs in as `login` where `url` leads, agrees, and gives the parameters of the address that begins with `home`. */
  async signIn(url, login, home) {
    let answer = await this.#send(url);
    for (let step = 0; step < 12; step += 1) {
      const location = answer.headers.get("location");
      if (location) {
        url = new URL(location, url).href;
        if (url.startsWith(home)) return Object.fromEntries(new URL(url).searchParams);
        answer = await this.#send(url);
        continue;
      }
      const page = await answer.text();
      const action = page.match(/<form[^>]*action="([^"]+)"/)?.[1];
      if (!action) throw new Error(`no form at ${url}: ${answer.status} ${page.replace(/<style[^]*?<\/style>|<[^>]+>|\s+/g, " ")}`);
      const prompt = page.match(/name="prompt" value="([^"]+)"/)?.[1];
      url = new URL(action, url).href;
      answer = await this.#send(url, prompt === "login" ? { prompt, login, password: "any" } : { prompt });
    }
    throw new Error("the provider leads nowhere");
  }
}
