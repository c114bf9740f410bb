/* Shows that can be watched again, wherever they are listed. */
import type { JSX } from 'preact';
import { serverNow } from '../api/clock';
import type { Show } from '../api/types';
import { when } from '../ui/format';
import { Play } from '../ui/icons';

/** `hosts`: of several hosts, who are named. */
export function Replays({ shows, hosts = false }: { shows: Show[]; hosts?: boolean }): JSX.Element | null {
	if (shows.length === 0) return null;
	return (
		<section aria-labelledby="replays">
			<h2 id="replays">Watch again</h2>
			<ul class="rows">
				{shows.map((show) => (
					<li key={show.id}>
						<a class="row link" href={`/replay/${show.id}`} data-testid="replay-link" data-show={show.id}>
							<Play size={24} />
							<span class="row-text">
								<b>{show.title}</b>
								<span>{[show.started_ms !== null && when(show.started_ms, serverNow()), hosts && show.host.display_name].filter(Boolean).join(' · ')}</span>
							</span>
						</a>
					</li>
				))}
			</ul>
		</section>
	);
}
