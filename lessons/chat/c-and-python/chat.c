// chat: a chat room over UDP on 127.0.0.1: Ctrl-D leaves it, Ctrl-C ends it. mtp chat can join.
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
static struct sockaddr_in room; // where it listens
static char heard[1025];
static int sock, count, joins;
static void tell(const struct sockaddr_in *to, const char *text) { // NULL: the connected one
    if (sendto(sock, text, strlen(text), 0, (void *)to, to ? sizeof *to : 0) < 0) warn("sendto");
}
static void serve(void) { // one datagram: L name (enter), C name text (speak), Q name (leave)
    char in[1025] = "", out[1200] = "", verb, name[100];
    struct sockaddr_in from = {0};
    if (recvfrom(sock, in, 1024, 0, (void *)&from, &(socklen_t){sizeof from}) < 0) err(1, "recv");
    int text = 0, i = 0; // text: where it begins
    if (sscanf(in, "%c %99s%n", &verb, name, &text) < 2) return;
    while (i < count && strcmp(members[i].name, name) != 0) i++;
    int taken = i < count || count == 100 || strstr(name, "管理员"); // 100: the room is full
    int mine = memcmp(i < count ? &members[i].addr : &room, &from, sizeof from) == 0;
    if (verb == 'L') tell(&from, mine || !taken ? "OK" : "\n用户名存在");
    if (verb == 'Q' && (mine || !taken)) tell(&from, "EXIT");
    if (verb == 'L' && !taken) {
        members[count].addr = from;
        strcpy(members[count++].name, name);
        snprintf(out, sizeof out, "\n欢迎%s加入群聊", name);
    } else if (verb == 'Q' && mine) {
        members[i] = members[--count];
        snprintf(out, sizeof out, "\n%s 退出群聊", name);
    } else if (verb == 'C' && mine) // from any other address it is a forgery
        snprintf(out, sizeof out, "%s:%s", name, in + text + (in[text] == ' '));
    for (int m = 0; *out && m < count; m++) // to all the others
        if (memcmp(&members[m].addr, &from, sizeof from) != 0) tell(&members[m].addr, out);
}
static char *hear(void) { // a terminal obeys control characters: each becomes a ?
    memset(heard, 0, sizeof heard);
    if (recv(sock, heard, 1024, 0) < 0) err(1, "nobody serves there");
    for (unsigned char *c = (void *)(heard + (*heard == '\n')); *c; c++)
        if (*c < ' ' || *c == 127 || (*c == 0xc2 && c[1] < 0xa0)) *c = '?';
    return heard;
}
static void read_keyboard(const char *name, pid_t parent) {
    char line[900], out[1024];
    while (fgets(line, sizeof line, stdin) && (joins || getppid() == parent)) {
        snprintf(out, sizeof out, "C %s %.*s", name, (int)strcspn(line, "\n"), line);
        tell(joins ? NULL : &room, out); // the administrator is who sends from the room's address
    }
    for (; joins; sleep(1)) dprintf(sock, "Q %s", name); // until EXIT: a datagram may get lost
    _exit(0);
}
static void child_ended(int s) { // SIGCHLD: a member ends with its receiver, a room goes on
    if (waitpid(-1, &s, WNOHANG) > 0 && joins) _exit(!WIFEXITED(s) || WEXITSTATUS(s) != 0);
}
int main(int argc, char *argv[]) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    joins = argc > 2 && strcmp(argv[1], "join") == 0 && !strchr(argv[2], ' ');
    if (!joins && (argc < 2 || strcmp(argv[1], "serve") != 0)) errx(1, "usage: see chat.c");
    room = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    room.sin_port = htons(argc > 2 + joins ? atoi(argv[2 + joins]) : 8888);
    if ((sock = socket(AF_INET, SOCK_DGRAM, 0)) < 0) err(1, "socket");
    if ((joins ? connect : bind)(sock, (void *)&room, sizeof room) < 0) err(1, "connect or bind");
    if (!joins) getsockname(sock, (void *)&room, &(socklen_t){sizeof room}); // 0: any port
    if (joins) dprintf(sock, "L %s", argv[2]);
    if (joins && strcmp(hear(), "OK") != 0) errx(1, "not let in:%s", heard);
    signal(SIGCHLD, child_ended);
    pid_t parent = getpid(), child = fork(); // keyboard and socket block, so each has a process
    if (child < 0) err(1, "fork");
    if (child > 0) printf(joins ? "PID %d sends, PID %d receives, on one socket to UDP port %d.\n" :
        "PID %d serves, PID %d types; UDP port %d.\n", parent, child, ntohs(room.sin_port));
    if (joins != (child == 0)) read_keyboard(joins ? argv[2] : "管理员", parent);
    while (!joins) serve();
    while (strcmp(hear(), "EXIT") != 0) puts(heard);
    _exit(0);
}
