/* Who is signed in. `undefined` until the server has said. */
import { effect, signal } from '@preact/signals';
import { ApiError } from './error';
import { get, post, remove } from './http';
import { socket } from './socket';
import { store } from '../ui/dom';
import type { Account } from './types';

export const account = signal<Account | null | undefined>(undefined);
/** How many notices nobody has looked at. */
export const unread = signal(0);

/* The cookie signs HTTP and new sockets in; a socket that was opened as a guest needs the token said once. */
let token: string | undefined;
export const sessionToken = (): string | undefined => token;

/* The cookie is out of a script's sight. This mark only says that there may be one, so that guests are not asked for. */
const MARK = 'trunkshow.signed-in';
effect(() => {
	if (account.value !== undefined) store.set(localStorage, MARK, account.value ? 1 : null);
});

export async function loadAccount(): Promise<void> {
	try {
		const me = await get<{ account: Account; unread: number }>('/api/v1/me');
		account.value = me.account;
		unread.value = me.unread;
	} catch (error) {
		if (error instanceof ApiError && error.code === 'unauthenticated') account.value = null;
		else throw error;
	}
}

let guessed = false;

/** Who is looking at a plain page. Without the mark it is taken for a guest, unless the page is for accounts alone
 * (`ask`): then the socket is asked, whose answer to a guest is no failure. */
export async function findAccount(ask: boolean): Promise<void> {
	if (account.peek() !== undefined && !(ask && guessed)) return;
	if (store.get(localStorage, MARK)) return loadAccount();
	guessed = !ask;
	account.value = ask ? await askSocket() : null;
}

async function askSocket(): Promise<Account | null> {
	await socket.whenOpen();
	return (await socket.request<{ account: Account | null }>('hello')).account;
}

type SignedIn = { account: Account; token: string };

function signedIn(reply: SignedIn): Account {
	token = reply.token;
	account.value = reply.account;
	return reply.account;
}

export const signIn = async (username: string, password: string): Promise<Account> =>
	signedIn(await post<SignedIn>('/api/v1/sessions', { username, password }));

export const signUp = async (username: string, password: string, displayName: string): Promise<Account> =>
	signedIn(
		await post<SignedIn>('/api/v1/accounts', {
			username,
			password,
			...(displayName ? { display_name: displayName } : {}),
		}),
	);

/** Sign out and start the page anew: the socket and what was shown belonged to the account. */
export async function signOut(): Promise<void> {
	await remove('/api/v1/sessions').catch((error: ApiError) => {
		if (error.code !== 'unauthenticated') throw error;
	});
	token = undefined;
	store.set(localStorage, MARK, null);
	sessionStorage.clear();
	localStorage.removeItem('trunkshow.address');
	location.assign('/');
}
