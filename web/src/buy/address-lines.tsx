/* Where an order goes, line by line, as on a parcel. */
import type { JSX } from 'preact';
import type { Order } from '../api/types';

export function AddressLines({ order }: { order: Order }): JSX.Element {
	const { name, line1, line2, postcode, city, country } = order.address;
	return (
		<address>
			{[name, line1, line2, `${postcode} ${city}`, countryName(country)].filter(Boolean).map((part, i) => (
				<span key={i}>{part}</span>
			))}
		</address>
	);
}

function countryName(code: string): string {
	try {
		return new Intl.DisplayNames(undefined, { type: 'region' }).of(code) ?? code;
	} catch {
		return code;
	}
}
