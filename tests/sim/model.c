/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include "model.h"

double
model_mathis(double mss, double rtt, double p)
{
	return 8 * mss / rtt * sqrt(1.5 / p);
}

double
model_reno(double mss, double rtt, double rto, double p, double b)
{
	double root = 3 * sqrt(3 * b * p / 8);
	double wait = rto * (root < 1 ? root : 1) * p * (1 + 32 * p * p);

	return 8 * mss / (rtt * sqrt(2 * b * p / 3) + wait);
}

double
model_cubic(double mss, double rtt, double p)
{
	double cubic = pow(0.4 * 3.7 / (4 * 0.3), 0.25) * pow(rtt / p, 0.75);
	double reno = sqrt(1.5 / p);

	return 8 * mss / rtt * (cubic > reno ? cubic : reno);
}
