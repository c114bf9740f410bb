#include "pay/pay.h"

#include <errno.h>
#include <string.h>

#include "pay/provider.h"

static const struct {
	const char *name;
	int (*create)(struct pay_provider **out);
} providers[] = {
        {"test", pay_test_create},
};

int pay_provider_create(const char *name, struct pay_provider **out)
{
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		if (strcmp(providers[i].name, name) == 0)
			return providers[i].create(out);
	return -ENOENT;
}

void pay_provider_destroy(struct pay_provider *provider)
{
	if (provider)
		provider->ops->destroy(provider);
}

void pay_provider_method(struct pay_provider *provider, const char *card, char method[PAY_METHOD_BYTES])
{
	provider->ops->method(provider, card, method);
}

void pay_provider_charge(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	memset(out, 0, sizeof(*out));
	provider->ops->charge(provider, charge, out);
}

void pay_provider_expire(struct pay_provider *provider, const struct pay_charge *charge, struct pay_result *out)
{
	memset(out, 0, sizeof(*out));
	provider->ops->expire(provider, charge, out);
}

int pay_provider_confirm(struct pay_provider *provider, const char *order, bool agree, struct pay_result *out)
{
	memset(out, 0, sizeof(*out));
	return provider->ops->confirm ? provider->ops->confirm(provider, order, agree, out) : -ENOTSUP;
}

int pay_provider_refund(struct pay_provider *provider, const char *reference)
{
	return provider->ops->refund(provider, reference);
}
