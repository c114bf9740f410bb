/* A show as a stand: its items are what is offered. */
import { computed } from '@preact/signals';
import type { Room } from '../api/room';
import { itemOffer } from '../buy/offer';
import type { Stand } from '../buy/claim-desk';

export const roomStand = (room: Room): Stand => ({
	offers: computed(() => room.items.value.map((item) => itemOffer(item, room.id))),
	learn(offer, variant, { price, stock }) {
		const item = room.items.value.find(({ id }) => id === offer.id);
		if (!item) return;
		const { listing } = item;
		/* The answer is newer than a flash that this page still counts down. */
		const priced = price === undefined ? item : { ...item, price, flash: null };
		if (stock === undefined) room.setItem(priced);
		else if (!variant) room.setItem({ ...priced, stock, listing: { ...listing, stock } });
		else {
			const variants = listing.variants.map((one) => (one.id === variant ? { ...one, stock } : one));
			room.setItem({ ...priced, listing: { ...listing, variants } });
		}
	},
	whenReady: (fn) => room.onJoined(fn),
});

/** Why nothing can be claimed in this show at the moment. */
export const closedText = (room: Room): string =>
	({ live: '', ended: 'Show is over', scheduled: 'Opens with the show' })[room.show.value?.state ?? 'scheduled'];
