# server/show/ledger.c
s/base_money_share(line, limits->fee_bp, WHOLE_BP)/line * limits->fee_bp \/ WHOLE_BP/
