/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H
/* What published models say of a flow in bit/s: mss in bytes, rtt and rto in seconds, p the share of segments lost. */

/* Mathis, Semke, Mahdavi, Ott 1997, each segment acknowledged: no timeouts, no limit of the window. */
double model_mathis(double mss, double rtt, double p);

/* Padhye, Firoiu, Towsley, Kurose 1998, as RFC 5348 3.1 has it; b segments an ACK. */
double model_reno(double mss, double rtt, double rto, double p, double b);

/* RFC 9438 5.1 and 5.2: the larger of CUBIC's own average window and of its Reno-friendly one; beta 0.7, C 0.4. */
double model_cubic(double mss, double rtt, double p);

#endif
