/* A price that somebody typed. */
import type { Listing } from '../api/types';
import { money, parseMoney } from '../ui/format';

/** @param floor what its owner wants for it at least. @return null after saying what is wrong with it. */
export function readPrice(text: string, currency: string, { seller }: Listing, floor: number, say: (wrong: string) => void): number | null {
	const price = parseMoney(text, currency);
	if (!price) say('Please give a price, such as 45 or 45.50.');
	else if (price < floor) say(`${seller.display_name} sells it for ${money(floor, currency)} at least.`);
	else return price;
	return null;
}
