// A chat server of one process, which lets everybody in, and sends back what was said: ./poor-chat
// serve PORT. And a client that takes any answer for OK: ./poor-chat join PORT.
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    char in[1025], line[900], out[1024];
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (argc != 3) return 64;
    at.sin_port = htons(atoi(argv[2]));
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    if (strcmp(argv[1], "serve") == 0) {
        if (bind(s, (void *)&at, sizeof at) < 0) return 1;
        for (;;) {
            struct sockaddr_in from;
            socklen_t size = sizeof from;
            ssize_t n = recvfrom(s, in, 1024, 0, (void *)&from, &size);
            if (n > 0 && in[0] == 'L') sendto(s, "OK", 2, 0, (void *)&from, size);
            if (n > 0 && in[0] == 'C') sendto(s, in, n, 0, (void *)&from, size);
        }
    }
    if (connect(s, (void *)&at, sizeof at) < 0) return 1;
    dprintf(s, "L poor");
    recv(s, in, 1024, 0);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, " \n")] = 0; // only the first word
        snprintf(out, sizeof out, "C poor %s", line);
        send(s, out, strlen(out), 0);
    }
    pause();
}
