#include "sql/cases.h"

static void test_cases(void **state)
{
	(void)state;
	sql_run_cases("prove_call", 2);
}

GM_UNIT_MAIN(cmocka_unit_test(test_cases))
