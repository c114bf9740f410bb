/* The catalogue as a page of its own: pick something, then the show it goes into. */
import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { get } from '../api/http';
import type { Listing, Show } from '../api/types';
import { Alert } from '../ui/alert';
import { notify } from '../ui/notices';
import { Sheet } from '../ui/sheet';
import { useData } from '../ui/use-data';
import { Catalogue } from './catalogue';
import { PickForm } from './pick-form';

export function CatalogueView(): JSX.Element {
	const [picked, setPicked] = useState<Listing | null>(null);
	return (
		<>
			<h1>From other sellers</h1>
			<p>What you show for others is theirs: they are paid and they ship. You help it find a home.</p>
			<Catalogue onPick={setPicked} />
			{picked && <PickSheet listing={picked} onClose={() => setPicked(null)} />}
		</>
	);
}

function PickSheet({ listing, onClose }: { listing: Listing; onClose: () => void }): JSX.Element {
	const shows = useData(() => get<{ shows: Show[] }>('/api/v1/shows?mine=1'), 'shows');
	const [chosen, setChosen] = useState('');
	const id = useId();
	const open = (shows.value?.shows ?? []).filter((show) => show.state !== 'ended');
	const show = open.find((each) => each.id === chosen) ?? open[0];
	return (
		<Sheet title="Add to a show" onClose={onClose} testid="pick-sheet">
			{shows.error && <Alert text={shows.error} />}
			{shows.value && !show && (
				<>
					<p>You have no show that it could go into.</p>
					<a class="button primary" href="/studio#new-show">
						Make a show
					</a>
				</>
			)}
			{open.length > 1 && (
				<div class="field">
					<label for={id}>Show</label>
					<select id={id} value={show?.id} onChange={(event) => setChosen(event.currentTarget.value)} data-testid="pick-show">
						{open.map((each) => (
							<option key={each.id} value={each.id}>
								{each.title}
							</option>
						))}
					</select>
				</div>
			)}
			{show && (
				<PickForm
					listing={listing}
					show={show.id}
					onDone={(item) => {
						notify(`“${item.listing.title}” is in “${show.title}” now, as number ${item.number}.`, 'good');
						onClose();
					}}
				/>
			)}
		</Sheet>
	);
}
