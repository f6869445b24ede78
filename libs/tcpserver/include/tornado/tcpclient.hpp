#pragma once

#include "tornado/tcpserver/connect_options.hpp"
#include "tornado/tcpserver/tcpclient.hpp"
