// chat: a chat room over UDP on 127.0.0.1; Ctrl-D leaves it. It gets along with mtp chat.
// cc chat.c -o chat && ./chat serve [PORT]        in other terminals: ./chat join NAME [PORT]
#include <arpa/inet.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct { struct sockaddr_in addr; char name[100]; } members[100];
static int sock, count;
static void tell(const struct sockaddr_in *to, const char *text) { // NULL: the connected one
    if (sendto(sock, text, strlen(text), 0, (void *)to, to ? sizeof *to : 0) < 0) warn("sendto");
}
static void serve(void) { // one datagram: L name (enter), C name text (speak), Q name (leave)
    char in[1025] = "", out[1200] = "", verb, name[100];
    struct sockaddr_in from = {0};
    ssize_t n = recvfrom(sock, in, 1024, 0, (void *)&from, &(socklen_t){sizeof from});
    if (n < 0) err(1, "recvfrom");
    int text = 0, i = 0; // text: where it begins
    if (sscanf(in, "%c %99s%n", &verb, name, &text) < 2) return;
    while (i < count && strcmp(members[i].name, name) != 0) i++;
    int taken = i < count, mine = taken && memcmp(&members[i].addr, &from, sizeof from) == 0;
    if (i == 100) return; // the room is full
    if (verb == 'L') tell(&from, mine || !taken ? "OK" : "\n用户名存在");
    if (verb == 'Q' && (mine || !taken)) tell(&from, "EXIT");
    if (verb == 'L' && !taken) {
        members[count].addr = from;
        strcpy(members[count++].name, name);
        snprintf(out, sizeof out, "\n欢迎%s加入群聊", name);
    } else if (verb == 'C' && mine) { // from any other address it is a forgery
        snprintf(out, sizeof out, "%s:%s", name, in + text + (in[text] == ' '));
    } else if (verb == 'Q' && mine) {
        members[i] = members[--count];
        snprintf(out, sizeof out, "\n%s 退出群聊", name);
    }
    for (int m = 0; *out && m < count; m++) // to all the others
        if (memcmp(&members[m].addr, &from, sizeof from) != 0) tell(&members[m].addr, out);
}
static void receiver_ended(int status) { // SIGCHLD: whatever the sender waits for, it ends too
    if (waitpid(-1, &status, WNOHANG) > 0) _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}
static void join(const char *name) {
    char in[1025], line[900], out[1024];
    snprintf(out, sizeof out, "L %s", name);
    tell(NULL, out);
    ssize_t n = recv(sock, in, 1024, 0);
    if (n < 0) err(1, "nobody serves there");
    if (n != 2 || memcmp(in, "OK", 2) != 0) errx(1, "not let in:%.*s", (int)n, in);
    signal(SIGCHLD, receiver_ended);
    pid_t receiver = fork(); // the keyboard blocks, and the socket blocks: so two processes
    if (receiver < 0) err(1, "fork");
    while (receiver == 0) {
        if ((n = recv(sock, in, 1024, 0)) < 0) err(1, "the server is gone");
        if (n == 4 && memcmp(in, "EXIT", 4) == 0) _exit(0);
        printf("%.*s\n", (int)n, in);
    }
    printf("PID %d sends, PID %d receives, on one socket.\n", getpid(), receiver);
    while (fgets(line, sizeof line, stdin)) {
        snprintf(out, sizeof out, "C %s %.*s", name, (int)strcspn(line, "\n"), line);
        tell(NULL, out);
    }
    snprintf(out, sizeof out, "Q %s", name);
    for (;; sleep(1)) tell(NULL, out); // until EXIT: a datagram may get lost
}
int main(int argc, char *argv[]) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    int joins = argc > 2 && strcmp(argv[1], "join") == 0 && !strchr(argv[2], ' ');
    if (!joins && (argc < 2 || strcmp(argv[1], "serve") != 0)) errx(1, "usage: see chat.c");
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    at.sin_port = htons(argc > 2 + joins ? atoi(argv[2 + joins]) : 8888);
    if ((sock = socket(AF_INET, SOCK_DGRAM, 0)) < 0) err(1, "socket");
    if ((joins ? connect : bind)(sock, (void *)&at, sizeof at) < 0) err(1, "connect or bind");
    if (joins) join(argv[2]);
    if (getsockname(sock, (void *)&at, &(socklen_t){sizeof at}) < 0) err(1, "getsockname");
    printf("The room is on UDP port %d. Ctrl-C ends it.\n", ntohs(at.sin_port));
    for (;;) serve();
}
