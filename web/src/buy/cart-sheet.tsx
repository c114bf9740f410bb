/* The bag in a sheet of its own, on pages that are about no show. */
import type { JSX } from 'preact';
import { holds, waits } from '../api/mine';
import { Sheet } from '../ui/sheet';
import { CartView, type CartProps } from './cart';

export function CartSheet({ onClose, ...props }: CartProps & { onClose: () => void }): JSX.Element {
	return (
		<Sheet title="Your bag" onClose={onClose} testid="bag-sheet">
			<CartView {...props} />
			{holds.value.length + waits.value.length === 0 && <p class="empty">Nothing is held for you.</p>}
		</Sheet>
	);
}
