# The kind of chat client that courses have.
import os
import sys
from socket import AF_INET, SOCK_DGRAM, socket

ADDR = ("127.0.0.1", int(sys.argv[1]))
s = socket(AF_INET, SOCK_DGRAM)
while True:
    name = input("请输入姓名：")
    s.sendto(("L " + name).encode(), ADDR)
    data, _ = s.recvfrom(1024)
    if data.decode() == "OK":
        break
    print(data.decode())
if os.fork() == 0:
    while True:
        text = input("发言：")
        if text == "quit":
            s.sendto(("Q " + name).encode(), ADDR)
            sys.exit("退出聊天室")
        s.sendto(("C %s %s" % (name, text)).encode(), ADDR)
while True:
    data, _ = s.recvfrom(2048)
    if data.decode() == "EXIT":
        sys.exit()
    print(data.decode() + "\n发言：", end="")
