/* Who did what, newest first; older entries on request. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/http';
import type { AuditEntry } from '../api/types';
import { useAction } from '../ui/action';
import { dateTime } from '../ui/format';

export function AuditLog(): JSX.Element {
	const [entries, setEntries] = useState<AuditEntry[] | null>(null);
	const [more, setMore] = useState(true);
	const action = useAction();
	const load = (before?: string): Promise<void> =>
		action.run(async () => {
			const page = await get<{ entries: AuditEntry[] }>(`/api/v1/admin/audit${before ? `?before=${encodeURIComponent(before)}` : ''}`);
			setEntries([...(before ? (entries ?? []) : []), ...page.entries]);
			setMore(page.entries.length > 0);
		});
	useEffect(() => void load(), []);
	const last = entries?.[entries.length - 1];
	return (
		<>
			<h1>Audit log</h1>
			<p class="error" role="alert">
				{action.error}
			</p>
			{entries?.length === 0 && <p class="empty">Nothing has happened yet.</p>}
			<ul class="rows audit" data-testid="audit">
				{entries?.map((entry) => (
					<li key={entry.id} class="row">
						<span class="row-text">
							<b>
								{entry.actor?.username ?? 'The server'} · {entry.verb}
							</b>
							<span>
								{entry.object} {entry.detail}
							</span>
						</span>
						<time dateTime={new Date(entry.at_ms).toISOString()}>{dateTime(entry.at_ms)}</time>
					</li>
				))}
			</ul>
			{last && more && (
				<button type="button" disabled={action.busy} onClick={() => void load(last.id)}>
					Older entries
				</button>
			)}
		</>
	);
}
