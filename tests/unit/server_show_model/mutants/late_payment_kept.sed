# server/show/settle.c
s/return late \&\& said == PAY_CAPTURED ? captured_late : NULL;/return late \&\& said == PAY_CAPTURED ? NULL : NULL;/
