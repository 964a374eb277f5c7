#include "rollout/http.h"

#include <string.h>

#include <curl/curl.h>

#define TIMEOUT_MS 30000
#define CONNECT_MS 10000

struct request {
	CURL *curl;
	struct curl_slist *headers;
	struct gm_buf answer;
	char why[CURL_ERROR_SIZE];
	bool too_much;
};

static void finish(struct request *r)
{
	curl_slist_free_all(r->headers);
	curl_easy_cleanup(r->curl);
}

static size_t take(char *bytes, size_t size, size_t n, void *ctx)
{
	struct request *r = ctx;

	(void)size;
	r->too_much = r->answer.len + n > GM_HTTP_MAX;
	if (r->too_much)
		return 0;
	gm_buf_add(&r->answer, bytes, n);
	return n;
}

void gm_http_field(struct gm_buf *form, const char *name, const char *value)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	gm_buf_printf(form, "%s%s=", form->len ? "&" : "", name);
	for (; *value; value++)
		if (strchr(plain, *value))
			gm_buf_putc(form, *value);
		else
			gm_buf_printf(form, "%%%02X", (unsigned char)*value);
}

static int set_up(struct request *r, struct gm_arena *a,
		  const struct gm_http *h)
{
	CURL *c = r->curl;
	CURLcode bad = CURLE_OK;

	if (h->token)
		r->headers = curl_slist_append(
			NULL,
			gm_printf(a, "Authorization: Bearer %s", h->token));
	bad |= curl_easy_setopt(c, CURLOPT_URL, h->url);
	bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	bad |= curl_easy_setopt(
		c, CURLOPT_TIMEOUT_MS,
		(long)(h->timeout_ms ? h->timeout_ms : TIMEOUT_MS));
	if (h->form)
		bad |= curl_easy_setopt(c, CURLOPT_POSTFIELDS, h->form);
	bad |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, r->headers);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEDATA, r);
	bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, r->why);
	if (h->ca)
		bad |= curl_easy_setopt(c, CURLOPT_CAINFO, h->ca);
	return bad == CURLE_OK ? 0 : -1;
}

int gm_http_ask(struct gm_str *out, long *status, struct gm_arena *a,
		const struct gm_http *h, struct gm_err *err)
{
	GM_AUTO(finish)
	struct request r = { .curl = curl_easy_init(), .answer = gm_buf(a) };
	CURLcode code;

	*status = 0;
	if (!r.curl || set_up(&r, a, h) < 0)
		return gm_fail(err, GM_EPROGRAM, "libcurl cannot be used");
	code = curl_easy_perform(r.curl);
	if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT) {
		gm_fail(err, GM_EINPUT, "'%s' cannot be asked over http",
			h->url);
		return gm_hint(err, "A URL begins with http:// or https://.");
	}
	if (code != CURLE_OK)
		return gm_fail(err, GM_EPROGRAM, "'%s' cannot be asked: %s",
			       h->url,
			       r.too_much ? "its answer is too long"
			       : *r.why   ? r.why
					  : curl_easy_strerror(code));
	curl_easy_getinfo(r.curl, CURLINFO_RESPONSE_CODE, status);
	if (*status >= 300 && *status < 400) {
		gm_fail(err, GM_EPROGRAM, "'%s' answers with a redirection",
			h->url);
		return gm_hint(err, "Name where it leads to.");
	}
	*out = gm_buf_view(&r.answer);
	return 0;
}
