/* Another price for one item of this show. Who claims with the old one in sight is asked again when it has risen. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { patch } from '../api/http';
import type { Room } from '../api/room';
import { socket } from '../api/socket';
import type { Item } from '../api/types';
import { useAction } from '../ui/action';
import { Field } from '../ui/field';
import { moneyInput, parseMoney } from '../ui/format';
import { Sheet } from '../ui/sheet';

export function PriceSheet({ room, item, onClose }: { room: Room; item: Item; onClose: () => void }): JSX.Element {
	const [text, setText] = useState(moneyInput(item.price, item.currency));
	const [wrong, setWrong] = useState('');
	const action = useAction();
	const save = async (): Promise<void> => {
		const price = parseMoney(text, item.currency);
		if (!price) {
			setWrong('Please give a price, such as 45 or 45.50.');
			return;
		}
		if (room.show.value?.state === 'live') await socket.request('price', { show: room.id, item: item.id, price });
		else await patch(`/api/v1/shows/${room.id}/items/${item.id}`, { price });
		const present = room.items.value.find((known) => known.id === item.id) ?? item;
		room.setItem({ ...present, price });
		onClose();
	};
	return (
		<Sheet title="Price in this show" onClose={onClose} testid="price-sheet">
			<form
				class="stack"
				onSubmit={(event) => {
					event.preventDefault();
					setWrong('');
					void action.run(save);
				}}
			>
				<p>{item.listing.title}</p>
				<Field label={`Price in ${item.currency}`} value={text} onValue={setText} inputMode="decimal" required error={wrong} testid="price-field" />
				<p class="error" role="alert">
					{action.error}
				</p>
				<button type="submit" class="primary big" disabled={action.busy} data-testid="price-save">
					{action.busy ? 'Saving…' : 'Save'}
				</button>
			</form>
		</Sheet>
	);
}
