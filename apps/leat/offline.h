/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEAT_OFFLINE_H
#define LEAT_OFFLINE_H

/* `leat ladder FILE [N] [ADDR[:PORT]]`: words are those behind "ladder". The exit status. */
int ladder_command(char **words, int n);

#endif
