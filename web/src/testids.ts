/* The data-testid of every control that browser tests rely on. They stay when words and looks change.
 *
 * Video elements: #picture (viewer), #preview (studio), #replay. The RTCPeerConnection of the first two is their `peer`
 * property, for getStats; it changes when the connection is made anew. #picture says in data-way ("webrtc", "hls") how
 * it comes; what hls.js plays has it as its `hls` property.
 *
 * everywhere   account-open, account-sheet, bell (unread notices), unread, news-open, news-sheet, news [data-code] [data-read], sign-out, sheet-close, notices, notice-action (undo)
 *              sign-sheet; sign-in-form / sign-up-form with sign-username, sign-display-name, sign-password,
 *              sign-submit, sign-switch (changes between the two), sign-error
 * home         live-tile, next-show [data-show]; nothing-live; shop-link; bag-open (what is held)
 * replay       #replay, replay-play, replay-card [data-item], replay-price, chapters, chapter [data-item] [data-at], chapter-jump, replay-share,
 *              replay-missing [data-state], bag-open and the claim's; replay-link [data-show] wherever ended shows are listed
 * clips        clip [data-clip], clip-play, clip-video, clip-save (shop, and the seller's own view of a listing)
 * shop         shop-name, shop-credit, shop-show [data-show], shop-item [data-listing], shop-price, shop-stock, and the claim's
 * viewer       unmute (the first tap for sound), sound-toggle, tap-to-play, viewer-count, viewer-status (what is
 *              going on, in words), behind (by the slow way), show-scheduled, show-ended
 *              host-shop; featured-card [data-item], featured-price, featured-stock, credit-line (who shows it for whom), held-strip (other
 *              holds), bag-open, bag-item [data-item], react-heart; claim-note [data-status] (the answer to a claim by chat),
 *              note-claim [data-variant], claim-note-close
 * a claim      variants, variant [data-variant], claim-button, claim-more (one more of what is held), claim-countdown, struck-price,
 *              flash-left, wait-row [data-waiting], wait-place, wait-leave
 * bag          bag-sheet, parcel [data-seller], parcel-checkout, parcel-pending, hold-row [data-hold], hold-left, release-hold, totals,
 *              shipping, total, also (ships along), shop-item, waits
 * chat         chat-log, chat-line [data-line], chat-input, chat-send, chat-error; for those who may: chat-delete,
 *              chat-mute, chat-ban (at the admin's desk beside each line, elsewhere in line-tools-sheet
 *              after a tap on it); report-sheet
 * checkout     checkout-open, checkout-sheet, checkout-form, address-name, address-line1, address-line2,
 *              address-postcode, address-city, address-country, card-number, test-card-{number}, pay-button,
 *              pay-error, order-sheet, order-done [data-order], order-close; pending-sheet, payment-confirm [data-order],
 *              payment-agree, payment-refuse, payment-pending
 * orders       order [data-order], order-state, order-line, order-refund, order-unpaid, more (older ones, in every list), order-shipment, tracking, tracking-copy, order-cancel,
 *              cancel-guard, cancel-keep, cancel-confirm, order-receipt; receipt, print
 * studio       ask-hosting, hosting-asked, new-show, new-listing, my-show [data-show], my-listing [data-listing],
 *              seller-orders, seller-money, catalogue-open, seller-profile
 *              listing-form: listing-photo, listing-title, listing-price, listing-currency, listing-stock, listing-size,
 *              listing-brand, listing-description, variants, variant-row (variant-size, variant-colour, variant-stock,
 *              variant-remove), variant-add, variant-add-{S}, listing-shop, listing-community, listing-floor,
 *              listing-auction, listing-save, listing-error; waitlist, waitlist-entry; missed,
 *              missed-claim [data-hold], missed-waiter [data-waiting], second-chance
 *              show-form: show-title, show-later, show-time, show-save
 *              run of show: add-items, add-sheet, add-mine, add-others, add-item [data-listing], make-listing,
 *              run-item [data-item] [data-listing], item-open, item-handle, feature-item (on air, in run-sheet)
 *              item-sheet: price-field, price-save, flash-price, flash-{seconds}, flash-start, flash-running, flash-end,
 *              restock, stock-add-1, stock-add-5, stock-other, stock-delta, stock-save, item-up, item-down, item-remove
 *              catalogue: catalogue-search, catalogue-filters, catalogue-size, catalogue-brand, catalogue-most,
 *              catalogue-auction, catalogue-item [data-listing], catalogue-more; pick-sheet: pick-show, pick-price, pick-add
 *              go-live, go-live-error, open-camera, publish-settings, publish-sheet, key-show, whip-url, publish-key, srt-url,
 *              srt-streamid, srt-paste, rtmp-server, rtmp-key, new-key, revoke-key, revoke-sheet, revoke-confirm, no-key, broadcast [data-state]
 *              on air: on-air, studio-status, viewer-count, line-quality [data-quality], line-sheet, mic-toggle,
 *              flip-camera, featured-card [data-item], now-shown, sold-next, choose-item, run-open, run-sheet,
 *              end-show, end-sheet, end-show-confirm, host-ended; replay-panel [data-state], replay-delete,
 *              replay-delete-sheet, replay-delete-confirm
 *              quick-add, quick-sheet: quick-photo, quick-shoot, quick-file, quick-title, quick-price, quick-size-{S},
 *              quick-count-{1}, quick-show, quick-only-add
 *              claims-open, claims-sheet, claims-totals, claims-all, claims-unpaid, claims-waiting, claims-gone,
 *              studio-claims, studio-claim [data-hold] [data-state], studio-waiter [data-waiting] [data-state], second-chance
 * seller       orders-paid, orders-shipped, orders-all, orders-csv, slips-open, order [data-order] [data-state],
 *              order-choose, order-host (block-sheet, block-confirm), order-slip, order-tracking, order-ship (ship-sheet,
 *              ship-carrier, ship-tracking, ship-save), order-cancel (cancel-sheet, order-cancel-confirm)
 *              slip [data-order], slips-print; balance, statement, statement-all, shipping-price, shipping-save
 *              credit, blocks, blocked [data-account], unblock, block-name, block-add
 * admin        admin-tab-live, admin-tab-hosts, admin-tab-accounts, admin-tab-audit, admin-show [data-show],
 *              host-request [data-account], host-approve, host-refuse, account-search, account [data-account], account-ban,
 *              account-unban, ban-sheet, ban-confirm, audit, audit-entry [data-verb], end-show, end-show-confirm, and chat's
 */
export {};
