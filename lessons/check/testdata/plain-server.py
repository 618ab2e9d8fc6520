# The kind of chat server that courses have: a plain loop over recvfrom.
import os
import sys
from socket import AF_INET, SOCK_DGRAM, socket

ADDR = ("127.0.0.1", int(sys.argv[1]))
users = {}


def do_login(s, name, addr):
    if name in users or "管理员" in name:
        s.sendto("\n用户名存在".encode(), addr)
        return
    s.sendto(b"OK", addr)
    for other in users.values():
        s.sendto(("\n欢迎%s加入群聊" % name).encode(), other)
    users[name] = addr


def do_chat(s, name, text):
    for other in users:
        if other != name:
            s.sendto(("%s:%s" % (name, text)).encode(), users[other])


def do_quit(s, name):
    for other in users:
        if other != name:
            s.sendto(("\n%s 退出群聊" % name).encode(), users[other])
        else:
            s.sendto(b"EXIT", users[other])
    del users[name]


def main():
    s = socket(AF_INET, SOCK_DGRAM)
    s.bind(ADDR)
    if os.fork() == 0:
        while True:
            s.sendto(("C 管理员 " + input("管理员消息：")).encode(), ADDR)
    while True:
        data, addr = s.recvfrom(1024)
        words = data.decode().split(" ")
        if words[0] == "L":
            do_login(s, words[1], addr)
        elif words[0] == "C":
            do_chat(s, words[1], " ".join(words[2:]))
        elif words[0] == "Q":
            do_quit(s, words[1])


main()
