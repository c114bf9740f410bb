// A viewer's WebSocket: requests with replies, and everything else kept in order until somebody asks for it.
import WebSocket from "ws";

export class Refused extends Error {
  constructor(message) {
    super(`${message.code}: ${message.detail}`);
    this.code = message.code;
    this.message_ = message;
  }
}

// Generous: it only ends a test that hangs.
const patience_ms = 30_000;

export class Socket {
  #next = 1;
  #waiting = new Map();
  #watchers = new Set();
  seen = [];

  static open(server, { path = "/ws", protocol = "trunkshow.v1", ...options } = {}) {
    return new Promise((resolve, reject) => {
      const ws = new WebSocket(server.url.replace(/^http/, "ws") + path, protocol, options);
      const socket = new Socket(ws);
      ws.once("open", () => resolve(socket));
      ws.once("error", reject);
    });
  }

  constructor(ws) {
    this.ws = ws;
    this.closed = new Promise((resolve) => ws.once("close", (code, reason) => resolve({ code, reason: String(reason) })));
    ws.on("error", () => {});
    ws.on("message", (data) => JSON.parse(data).forEach((message) => this.#take(message)));
    this.closed.then(() => this.#waiting.forEach(({ reject }) => reject(new Error("the socket closed"))));
  }

  #take(message) {
    const asked = this.#waiting.get(message.id);
    if (asked && (message.type === "ok" || message.type === "error")) {
      this.#waiting.delete(message.id);
      message.type === "ok" ? asked.resolve(message) : asked.reject(new Refused(message));
      return;
    }
    this.seen.push(message);
    this.#watchers.forEach((watch) => watch());
  }

  /** Send a request; resolves to its `ok`, rejects with Refused on `error`. */
  ask(message) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.ws.readyState !== WebSocket.OPEN) return reject(new Error("the socket is closed"));
      this.#waiting.set(id, { resolve, reject });
      this.ws.send(JSON.stringify({ id, ...message }));
    });
  }

  /** The code of a refusal, or "ok". */
  async answer(message) {
    return this.ask(message).then(() => "ok", (refused) => refused.code ?? Promise.reject(refused));
  }

  /** The first message, seen already or still to come, that `matches`; it is taken out. */
  next(type, matches = () => true) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`no ${type} came; seen: ${JSON.stringify(this.seen).slice(0, 2000)}`));
      }, patience_ms);
      const look = () => {
        const at = this.seen.findIndex((m) => m.type === type && matches(m));
        if (at < 0) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(this.seen.splice(at, 1)[0]);
      };
      this.#watchers.add(look);
      look();
    });
  }

  send(text) {
    this.ws.send(text);
  }

  close() {
    this.ws.close();
    return this.closed;
  }
}
