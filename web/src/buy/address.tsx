/* The address, with the names that let a browser fill it in by itself. */
import type { JSX } from 'preact';
import { useId, useMemo } from 'preact/hooks';
import type { Address } from '../api/types';
import { Field } from '../ui/field';
import { countries, likelyCountry } from './countries';

export const emptyAddress = (): Address => ({ name: '', line1: '', line2: '', city: '', postcode: '', country: likelyCountry() });

export function AddressFields({ value, onChange }: { value: Address; onChange: (value: Address) => void }): JSX.Element {
	const id = useId();
	const list = useMemo(countries, []);
	const set = (part: Partial<Address>): void => onChange({ ...value, ...part });
	return (
		<fieldset>
			<legend>Where it goes</legend>
			<Field label="Name" value={value.name} onValue={(name) => set({ name })} autocomplete="shipping name" required maxLength={100} testid="address-name" />
			<Field label="Street and number" value={value.line1} onValue={(line1) => set({ line1 })} autocomplete="shipping address-line1" required maxLength={200} testid="address-line1" />
			<Field label="Flat, floor, c/o (optional)" value={value.line2} onValue={(line2) => set({ line2 })} autocomplete="shipping address-line2" maxLength={200} testid="address-line2" />
			<div class="pair">
				<Field label="Postcode" value={value.postcode} onValue={(postcode) => set({ postcode })} autocomplete="shipping postal-code" required maxLength={20} testid="address-postcode" />
				<Field label="City" value={value.city} onValue={(city) => set({ city })} autocomplete="shipping address-level2" required maxLength={100} testid="address-city" />
			</div>
			<div class="field">
				<label for={id}>Country</label>
				<select id={id} value={value.country} required autocomplete="shipping country" onChange={(event) => set({ country: event.currentTarget.value })} data-testid="address-country">
					<option value="">Please choose</option>
					{list.map(({ code, name }) => (
						<option key={code} value={code}>
							{name}
						</option>
					))}
				</select>
			</div>
		</fieldset>
	);
}
