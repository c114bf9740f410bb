/* RFC 5769 §2.1–2.3: a request, an answer with an IPv4 address, one with an IPv6 address. */
#ifndef TESTS_MEDIA_TRANSPORT_RFC5769_H
#define TESTS_MEDIA_TRANSPORT_RFC5769_H

#define RFC5769_PASSWORD "VOkJxbRl1RmTxUk/WvJxBt"
#define RFC5769_REQUEST                                                                                                \
	"000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932f" \
	"f9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
#define RFC5769_RESPONSE4                                                                                              \
	"0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91" \
	"f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
#define RFC5769_RESPONSE6                                                                                              \
	"010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25" \
	"f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c"
#endif
