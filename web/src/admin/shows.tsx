/* Live shows with how many watch. */
import type { JSX } from 'preact';
import { now } from '../api/clock';
import { get } from '../api/http';
import type { Show } from '../api/types';
import { Alert } from '../ui/alert';
import { countdown, plural } from '../ui/format';
import { Thumbnail } from '../ui/thumbnail';
import { useData } from '../ui/use-data';

export function LiveShows(): JSX.Element {
	const shows = useData(() => get<{ shows: Show[] }>('/api/v1/admin/shows'), 'shows', 5000);
	const live = shows.value?.shows.filter((show) => show.state === 'live') ?? [];
	const watching = live.reduce((n, show) => n + show.viewers, 0);
	return (
		<>
			<h1>On air</h1>
			{shows.error && <Alert text={shows.error} />}
			{shows.value && (
				<p>
					{plural(live.length, 'show', 'shows')}, {plural(watching, 'viewer', 'viewers')}
				</p>
			)}
			<ul class="rows">
				{live.map((show) => (
					<li key={show.id}>
						<a class="row link" href={`/admin#show/${show.id}`} data-testid="admin-show" data-show={show.id}>
							<Thumbnail url={show.thumbnail} class="photo photo-m" />
							<span class="row-text">
								<b>{show.title}</b>
								<span>
									{show.host.display_name} · {plural(show.viewers, 'viewer', 'viewers')} ·{' '}
									<span class="digits">{show.started_ms ? countdown(now.value - show.started_ms) : ''}</span>
									{!show.picture && ' · no picture'}
								</span>
							</span>
						</a>
					</li>
				))}
			</ul>
		</>
	);
}
