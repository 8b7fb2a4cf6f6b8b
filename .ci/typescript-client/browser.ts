// As much of a browser as a page needs to call the API: cookies of one host, and the Origin header.

export class Browser {
  readonly #cookies = new Map<string, string>();
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** What a page calls as `fetch` with `credentials: "include"`. */
  readonly fetch = async (request: Request): Promise<Response> => {
    const sent = new Request(request, { redirect: "manual" });
    sent.headers.set("origin", this.#origin);
    sent.headers.set("cookie", this.#cookiesFor(new URL(request.url).pathname));
    const answer = await fetch(sent);
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    return answer;
  };

  /** The names of the cookies that it has. */
  get cookies(): string[] {
    return [...this.#cookies.keys()].map((key) => key.split(" ")[0] ?? "");
  }

  #cookiesFor(path: string): string {
    const sent = [...this.#cookies].filter(([key]) => path.startsWith(key.split(" ")[1] ?? "/"));
    return sent.map(([key, value]) => `${key.split(" ")[0]}=${value}`).join("; ");
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const [name = "", value = ""] = pair.split("=");
    const attribute = (wanted: string) =>
      attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`))?.split("=")[1];
    const key = `${name} ${attribute("path") ?? "/"}`;
    if (attribute("max-age") === "0") this.#cookies.delete(key);
    else this.#cookies.set(key, value);
  }
}
