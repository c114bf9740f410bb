/* Sizes and colours as people say them. */
import type { Item, Variant } from '../api/types';

export const variantName = ({ size, colour }: Pick<Variant, 'size' | 'colour'>): string => [size, colour].filter(Boolean).join(', ');

/** What one pays at `nowMs`: the flash price while it runs. */
export const presentPrice = (item: Pick<Item, 'price' | 'flash'>, nowMs: number): number =>
	item.flash && item.flash.until_ms > nowMs ? item.flash.price : item.price;
