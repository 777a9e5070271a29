import { createHash, randomBytes } from "node:crypto";

/** A backup client: as much of restic's REST protocol as tells whether it is let in, and fills a repository. */
export class Client {
  readonly #at: string;
  readonly #credentials: string;

  /** The address is the one that the platform shows: rest:http://login:password@host/login/ */
  constructor(address: string) {
    const url = new URL(address.replace(/^rest:/, ""));
    this.#credentials = `Basic ${Buffer.from(`${url.username}:${decodeURIComponent(url.password)}`).toString("base64")}`;
    url.username = "";
    url.password = "";
    this.#at = url.href;
  }

  async #send(method: string, path: string, body?: Uint8Array<ArrayBuffer>): Promise<number> {
    const reply = await fetch(this.#at + path, { method, headers: { Authorization: this.#credentials }, ...(body && { body }) });
    await reply.arrayBuffer();
    return reply.status;
  }

  /** Makes the repository and puts so many bytes into it. */
  async backUp(bytes: number): Promise<void> {
    await this.#send("POST", "?create=true");
    await this.#send("POST", "config", Uint8Array.from(randomBytes(155)));
    const data = Uint8Array.from(randomBytes(bytes));
    const status = await this.#send("POST", `data/${createHash("sha256").update(data).digest("hex")}`, data);
    if (status !== 200) throw new Error(`the vault answers ${status} to a backup`);
  }

  /** What the server answers to somebody who begins to restore. */
  restore = () => this.#send("GET", "config");
}
