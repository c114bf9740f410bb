import { defineConfig } from 'vite';

/* Where `npm run dev` finds the server; the built pages always talk to the origin they came from. */
const server = process.env.TRUNKSHOW_DEV_SERVER ?? 'http://localhost:8080';
const proxied = Object.fromEntries(['/api', '/photos', '/whip', '/whep'].map((path) => [path, { target: server }]));

export default defineConfig({
	build: {
		target: ['es2022', 'safari15.4', 'chrome108', 'firefox115'],
		/* The Content-Security-Policy allows no data: URLs, so every asset stays a file. */
		assetsInlineLimit: 0,
		manifest: true,
		modulePreload: { polyfill: false },
		reportCompressedSize: false,
		chunkSizeWarningLimit: 600, /* [kB]: hls.js is what it is, and loaded where nothing else helps */
		rolldownOptions: {
			output: {
				codeSplitting: {
					/* What several pages share is one file, not a dozen tiny ones that each cost a request. */
					groups: [{ name: 'shared', test: /src[\\/](api|buy[\\/](claim|offer|price)|media[\\/](negotiate|watch)|text|ui)/, minShareCount: 2 }],
				},
			},
		},
	},
	oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
	server: { proxy: { ...proxied, '/ws': { target: server.replace(/^http/, 'ws'), ws: true } } },
});
