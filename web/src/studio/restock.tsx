/* More (or fewer) units of a listing, as a whole or of one size. The server counts: what is sent is the difference. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { patch } from '../api/http';
import type { Listing } from '../api/types';
import { submitting, useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { Field } from '../ui/field';
import { variantName } from '../ui/variant';

type Part = { id: string; name: string; stock: number; held: number };
type Props = { listing: Listing; onChanged: (listing: Listing) => void };

const partsOf = (listing: Listing): Part[] =>
	listing.variants.length
		? listing.variants.map((variant) => ({ ...variant, name: variantName(variant) }))
		: [{ id: '', name: 'In stock', stock: listing.stock, held: listing.held }];

export function Restock({ listing, onChanged }: Props): JSX.Element {
	const [open, setOpen] = useState<string | null>(null);
	const action = useAction();
	const add = (part: Part, delta: number): void =>
		void action.run(async () => {
			const fields = part.id ? { variants: [{ id: part.id, stock_delta: delta }] } : { stock_delta: delta };
			onChanged((await patch<{ listing: Listing }>(`/api/v1/listings/${listing.id}`, fields)).listing);
			setOpen(null);
		});
	return (
		<section aria-label="Stock" data-testid="restock">
			<ul class="rows">
				{partsOf(listing).map((part) => (
					<li key={part.id}>
						<div class="row stock-row">
							<span class="row-text">
								<b>{part.name}</b>
								<span>
									{part.stock} left{part.held > 0 && `, ${part.held} held`}
								</span>
							</span>
							<span class="row-tools">
								{[1, 5].map((n) => (
									<button key={n} type="button" class="small" disabled={action.busy} aria-label={`Add ${n} to ${part.name}`} onClick={() => add(part, n)} data-testid={`stock-add-${n}`}>
										+{n}
									</button>
								))}
								<button
									type="button"
									class="small quiet"
									aria-label={`Add or take away another number, ${part.name}`}
									aria-expanded={open === part.id}
									onClick={() => setOpen(open === part.id ? null : part.id)}
									data-testid="stock-other"
								>
									± …
								</button>
							</span>
						</div>
						{open === part.id && <Other busy={action.busy} onAdd={(delta) => add(part, delta)} />}
					</li>
				))}
			</ul>
			<Alert text={action.error} />
		</section>
	);
}

function Other({ busy, onAdd }: { busy: boolean; onAdd: (delta: number) => void }): JSX.Element {
	const [text, setText] = useState('');
	const delta = Math.trunc(Number(text)) || 0;
	return (
		<form
			class="beside"
			onSubmit={submitting(() => {
				if (delta) onAdd(delta);
			})}
		>
			<Field label="How many more (with a minus: fewer)" type="number" step={1} min={-100000} max={100000} value={text} onValue={setText} required testid="stock-delta" />
			<button type="submit" disabled={busy} data-testid="stock-save">
				{delta < 0 ? 'Take away' : 'Add'}
			</button>
		</form>
	);
}
