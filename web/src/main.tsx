/* The entry: which page, and what they all share. A page's own code is loaded when it is needed; the viewer's
 * socket opens at once, while that code is still on its way. */
import { render, type ComponentType, type JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { socket } from './api/socket';
import { followKeyboard } from './ui/dom';
import { startNews } from './ui/news';
import { Notices } from './ui/notices';
import { path, startRouter } from './ui/router';
import './ui/base.css';
import './ui/controls.css';
import './ui/sheet.css';

type Page = { default: ComponentType<{ id: string }> };
type Route = { pattern: RegExp; load: () => Promise<Page> };

const routes: Route[] = [
	{ pattern: /^\/$/, load: () => import('./home/page') },
	{ pattern: /^\/s\/([0-9a-z]+)\/?$/, load: () => import('./viewer/page') },
	{ pattern: /^\/replay\/([0-9a-z]+)\/?$/, load: () => import('./replay/page') },
	{ pattern: /^\/u\/([^/]+)\/?$/, load: () => import('./shop/page') },
	{ pattern: /^\/orders\/([0-9a-z]+)\/receipt\/?$/, load: () => import('./buy/receipt-page') },
	{ pattern: /^\/orders\/?$/, load: () => import('./buy/orders-page') },
	{ pattern: /^\/studio\/?$/, load: () => import('./studio/page') },
	{ pattern: /^\/admin\/?$/, load: () => import('./admin/page') },
];

type Shown = { Page: ComponentType<{ id: string }>; id: string } | 'missing' | 'failed' | null;

function App(): JSX.Element {
	const [shown, setShown] = useState<Shown>(null);
	const now = path.value;
	useEffect(() => {
		let left = false;
		for (const { pattern, load } of routes) {
			const match = pattern.exec(now);
			if (!match) continue;
			load().then(
				(page) => !left && setShown({ Page: page.default, id: match[1] ?? '' }),
				() => !left && setShown('failed'),
			);
			return () => void (left = true);
		}
		setShown('missing');
		return undefined;
	}, [now]);
	return (
		<>
			{shown === null && <Boot />}
			{shown === 'missing' && <Message text="There is no such page." />}
			{shown === 'failed' && <Message text="The page did not load. Please check the network and reload." reload />}
			{shown && typeof shown === 'object' && <shown.Page key={shown.id} id={shown.id} />}
			<Notices depth={0} />
		</>
	);
}

/* The same as in index.html, where it stands before any script is there: a thin line shows no empty page. */
const Boot = (): JSX.Element => (
	<p class="boot" aria-label="Loading">
		<span class="spinner" />
	</p>
);

function Message({ text, reload = false }: { text: string; reload?: boolean }): JSX.Element {
	return (
		<main class="page narrow message">
			<h1>{text}</h1>
			{reload ? (
				<button type="button" class="primary" onClick={() => location.reload()}>
					Reload
				</button>
			) : (
				<a class="button primary" href="/">
					See what is on
				</a>
			)}
		</main>
	);
}

if (location.pathname.startsWith('/s/')) socket.start();
startRouter();
startNews();
followKeyboard();
render(<App />, document.getElementById('app')!);
