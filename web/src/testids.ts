/* The data-testid of every control that browser tests rely on. They stay when words and looks change.
 *
 * Video elements: #picture (viewer), #preview (studio). The RTCPeerConnection of each is its `peer` property,
 * for getStats; it changes when the connection is made anew.
 *
 * everywhere   account-open, account-sheet, bell (unread notices), unread, news-open, news-sheet, news [data-code] [data-read], sign-out, sheet-close, notices, notice-action (undo)
 *              sign-sheet; sign-in-form / sign-up-form with sign-username, sign-display-name, sign-password,
 *              sign-submit, sign-switch (changes between the two), sign-error
 * home         live-tile, next-show [data-show]; nothing-live; shop-link; bag-open (what is held)
 * shop         shop-name, shop-credit, shop-show [data-show], shop-item [data-listing], shop-price, shop-stock, and the claim's
 * viewer       unmute (the first tap for sound), sound-toggle, tap-to-play, viewer-count, viewer-status (what is
 *              going on, in words), show-scheduled, show-ended
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
 * orders       order [data-order], order-state, order-line, order-refund, order-shipment, tracking, tracking-copy, order-cancel,
 *              cancel-guard, cancel-keep, cancel-confirm, order-receipt; receipt, print
 * studio       ask-hosting, hosting-asked, new-show, new-listing, seller-orders, my-show [data-show],
 *              my-listing [data-listing]
 *              listing-form: listing-photo, listing-title, listing-price, listing-currency, listing-stock, listing-size,
 *              listing-brand, listing-description, listing-community, listing-floor, listing-save, listing-error
 *              show-form: show-title, show-later, show-time, show-save
 *              run of show: add-items, add-sheet, add-item [data-listing], make-listing, run-item [data-item]
 *              [data-listing], item-up, item-down, item-price (price-sheet, price-field, price-save), item-remove, feature-item (on air, in run-sheet)
 *              go-live, go-live-error, open-camera, publish-settings, publish-sheet, whip-url, publish-key, new-key
 *              on air: on-air, studio-status, viewer-count, line-quality [data-quality], line-sheet, mic-toggle,
 *              flip-camera, featured-card [data-item], sold-next, choose-item, run-open, run-sheet, claims-open,
 *              claims-sheet, studio-claims, studio-claim [data-hold] [data-state], end-show, end-sheet,
 *              end-show-confirm, host-ended
 * admin        admin-tab-live, admin-tab-hosts, admin-tab-audit, admin-show [data-show], host-request [data-account],
 *              host-approve, host-refuse, audit, end-show, end-show-confirm, and chat's
 */
export {};
