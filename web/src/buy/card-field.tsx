/* The card number. A market that takes test payments says so, with the test provider's numbers beside the field. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { askMarket, market } from '../api/market';
import { Field } from '../ui/field';

const grouped = (text: string): string =>
	text
		.replace(/\D/g, '')
		.slice(0, 19)
		.replace(/(.{4})(?=.)/g, '$1 ');

const numbers = [
	{ label: 'works', card: '4242424242424242' },
	{ label: 'is declined', card: '4000000000000002' },
	{ label: 'lacks funds', card: '4000000000009995' },
	{ label: 'asks to confirm', card: '4000002500003155' },
];

export function CardField({ value, onValue }: { value: string; onValue: (value: string) => void }): JSX.Element {
	useEffect(() => void askMarket(), []);
	return (
		<fieldset>
			<legend>How you pay</legend>
			<Field
				label="Card number"
				value={value}
				onValue={(text) => onValue(grouped(text))}
				inputMode="numeric"
				autocomplete="cc-number"
				placeholder="1234 5678 9012 3456"
				pattern="[0-9 ]{14,23}"
				title="The number on the card, 12 to 19 digits"
				required
				testid="card-number"
			/>
			{market.value?.payments === 'test' && <TestCards onChoose={(card) => onValue(grouped(card))} />}
		</fieldset>
	);
}

function TestCards({ onChoose }: { onChoose: (card: string) => void }): JSX.Element {
	return (
		<>
			<p class="hint">This market takes test payments: no money moves. Test cards to try:</p>
			<div class="choices">
				{numbers.map(({ label, card }) => (
					<button key={card} type="button" class="small" onClick={() => onChoose(card)} data-testid={`test-card-${card}`}>
						…{card.slice(-4)} {label}
					</button>
				))}
			</div>
		</>
	);
}
