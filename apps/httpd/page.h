/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTPD_PAGE_H
#define HTTPD_PAGE_H
/* What a server without --root and --body shows at "/". */
#define PAGE_HTML \
	"<!doctype html>\n" \
	"<html lang=\"en\">\n" \
	"<meta charset=\"utf-8\">\n" \
	"<meta name=\"viewport\" content=\"width=device-width\">\n" \
	"<title>A page from leat</title>\n" \
	"<style>\n" \
	"body { max-width: 34em; margin: 4em auto; padding: 0 1em; font: 17px/1.6 serif; color: #234 }\n" \
	"h1 { font-weight: normal } code { background: #eef4f6; padding: 0 .3em }\n" \
	"</style>\n" \
	"<h1>It flows.</h1>\n" \
	"<p>A leat is a hand-cut channel that brings water to a mill wheel. This one brings packets to\n" \
	"a core that never stops turning: <b>leat</b> is a TCP/IP stack in user space, in C, on DPDK.\n" \
	"<p>No kernel handled the connection that carried this page. Its handshake, every segment,\n" \
	"each acknowledgement and its close came from one loop in one process, reading and writing\n" \
	"Ethernet frames.\n" \
	"<p>To serve files, start it with <code>leat-httpd … -- --addr A/len --root DIR</code>;\n" \
	"to see this connection from inside, ask <code>leat ss</code>.\n" \
	"</html>\n"

#endif
