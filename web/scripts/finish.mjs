/* After vite: writes .br and .gz beside each text asset, and holds the viewer page to its budget. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist', import.meta.url).pathname;
const FIRST_LOAD_MAX = 60 * 1024; /* HTML, script and style of /s/{show}, gzip [bytes] */

function* files(dir) {
	for (const name of readdirSync(dir)) {
		const path = join(dir, name);
		if (statSync(path).isDirectory()) yield* files(path);
		else yield path;
	}
}

for (const path of files(dist)) {
	if (!/\.(html|js|css|svg|json|txt|webmanifest)$/.test(path)) continue;
	const text = readFileSync(path);
	writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
	writeFileSync(
		`${path}.br`,
		brotliCompressSync(text, {
			params: {
				[constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
				[constants.BROTLI_PARAM_SIZE_HINT]: text.length,
			},
		}),
	);
}

/* What the browser fetches for one page: the document, the entry, the page's own chunk, and all they import. */
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));
function firstLoad(page) {
	const needed = new Set(['index.html']);
	const visit = (key) => {
		const chunk = manifest[key];
		needed.add(chunk.file);
		for (const css of chunk.css ?? []) needed.add(css);
		for (const imported of chunk.imports ?? []) visit(imported);
	};
	visit('index.html');
	visit(page);
	const sum = (suffix) => [...needed].reduce((n, file) => n + statSync(join(dist, file + suffix)).size, 0);
	return { gzip: sum('.gz'), brotli: sum('.br') };
}

for (const page of ['src/viewer/page.tsx', 'src/home/page.tsx', 'src/studio/page.tsx', 'src/admin/page.tsx']) {
	const { gzip, brotli } = firstLoad(page);
	console.log(`${page}: first load ${(gzip / 1024).toFixed(1)} KiB gzip, ${(brotli / 1024).toFixed(1)} KiB brotli`);
	if (page.startsWith('src/viewer') && gzip > FIRST_LOAD_MAX) {
		console.error(`the viewer's first load is over its budget of ${FIRST_LOAD_MAX / 1024} KiB`);
		process.exit(1);
	}
}

/* Made for the sums above; nobody needs to fetch it. */
rmSync(join(dist, '.vite'), { recursive: true });
