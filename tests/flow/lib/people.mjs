// The people of a story: they sign up, hold a token, call the API and sit in shows.
import { randomUUID } from "node:crypto";
import { Socket } from "./socket.mjs";

export class Person {
  constructor(server, account, token) {
    this.server = server;
    this.account = account;
    this.token = token;
  }

  /** One call; resolves to {status, body, headers}. JSON in and out unless `raw`. */
  async call(method, path, body, headers = {}) {
    return request(this.server, method, path, body, { ...(this.token && { authorization: `Bearer ${this.token}` }), ...headers });
  }

  /** A call that must succeed: its body. */
  async must(method, path, body) {
    const reply = await this.call(method, path, body);
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  /** Enter a show; resolves to {socket, snapshot}. */
  async enter(show, options) {
    const socket = await Socket.open(this.server, options);
    const snapshot = await socket.ask({ type: "join", show, ...(this.token && { token: this.token }) });
    return { socket, snapshot };
  }
}

export async function request(server, method, path, body, headers = {}) {
  const raw = body instanceof Uint8Array || typeof body === "string";
  const reply = await fetch(server.url + path, {
    method,
    headers: { ...(body !== undefined && !raw && { "content-type": "application/json" }), ...headers },
    body: body === undefined ? undefined : raw ? body : JSON.stringify(body),
  });
  const text = await reply.text();
  const json = /json/.test(reply.headers.get("content-type") ?? "");
  return { status: reply.status, headers: reply.headers, body: json ? JSON.parse(text) : text };
}

export const guest = (server) => new Person(server);

export async function signUp(server, username, displayName = username) {
  const reply = await request(server, "POST", "/api/v1/accounts", { username, password: `pass phrase of ${username}`, display_name: displayName });
  if (reply.status !== 201) throw new Error(`sign-up of ${username}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return new Person(server, reply.body.account, reply.body.token);
}

/** A host on air with one listing in the run of show: of `stock` units, or of `variants`. */
export async function onAir(server, { host = "hanna", stock = 3, price = 2500, title = "Denim jacket", start = true, variants } = {}) {
  const person = await signUp(server, host);
  const { listing } = await person.must("POST", "/api/v1/listings", { title, price, currency: "EUR", ...(variants ? { variants } : { stock }) });
  const { show } = await person.must("POST", "/api/v1/shows", { title: `${host}'s show` });
  const { item } = await person.must("POST", `/api/v1/shows/${show.id}/items`, { listing: listing.id });
  if (start) await person.must("POST", `/api/v1/shows/${show.id}/start`);
  return { host: person, listing, show, item };
}

export const publishKey = async (host, show) => (await host.must("GET", `/api/v1/shows/${show.id}`)).show.publish_key;

/** What is said to a call that fails, as "409 conflict". */
export async function refused(person, method, path, body) {
  const { status, body: answer } = await person.call(method, path, body);
  return `${status} ${answer.code}`;
}

export const say = (show, text, more = {}) => ({ type: "chat", show: show.id, text, ...more });

export const claim = (show, item, { quantity = 1, price = item.price, key = randomUUID(), variant } = {}) =>
  ({ type: "claim", show: show.id, item: item.id, quantity, price, key, ...(variant && { variant: variant.id }) });

/** The same out of its seller's shop. */
export const shopClaim = (listing, { quantity = 1, price = listing.price, key = randomUUID(), variant } = {}) =>
  ({ type: "claim", listing: listing.id, quantity, price, key, ...(variant && { variant: variant.id }) });

/** A person who sits in a show: its account, and what the socket says. */
export async function seat(server, show, username, displayName) {
  const person = await signUp(server, username, displayName);
  const { socket, snapshot } = await person.enter(show.id);
  return { person, socket, snapshot };
}

export const address = { name: "Bea Buyer", line1: "1 Market Street", line2: "", city: "Vienna", postcode: "1010", country: "AT" };
export const cards = { good: "4242424242424242", declined: "4000000000000002", poor: "4000000000009995" };

export const checkout = (seller, { card = cards.good, key = randomUUID() } = {}) => ({ seller, address, key, payment: { card } });
